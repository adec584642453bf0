package qr

import (
	"container/list"
	"strings"
	"sync"
)

// What was made is remembered: package state, because it can't be told apart
// from making it anew. Together it takes at most about 60 MB.
var (
	symbols = newCache[symbolKey](1000, func(*Symbol) int { return 1 })                             //nolint:gochecknoglobals // see above
	images  = newCache[imageKey](32<<20, func(i Image) int { return len(i.Data) + 10_000 })         //nolint:gochecknoglobals // see above
	logos   = newCache[string](16<<20, func(l *Logo) int { return len(l.png) + len(l.pixels.Pix) }) //nolint:gochecknoglobals // see above
)

// symbolKey is what decides about a symbol.
type symbolKey struct {
	content string
	level   Level
}

// imageKey is what decides about a file: the request, its logo by its hash.
type imageKey struct {
	content, title, desc, below, logo string
	style                             Style
	format                            Format
	size                              Size
}

func (r Request) key() imageKey {
	k := imageKey{r.Content, r.Title, r.Desc, strings.Join(r.Below, "\x00"), "", r.Style, r.Format, r.Size}
	if r.Style.Logo != nil {
		k.logo, k.style.Logo = r.Style.Logo.hash, nil
	}
	return k
}

// cache keeps the values used most recently, up to a sum of their costs. It is
// safe for concurrent use.
type cache[K comparable, V any] struct {
	mu          sync.Mutex
	limit, used int
	cost        func(V) int
	entries     map[K]*list.Element // of cacheEntry[K, V]
	recent      *list.List          // most recently used first
}

type cacheEntry[K comparable, V any] struct {
	key   K
	value V
}

func newCache[K comparable, V any](limit int, cost func(V) int) *cache[K, V] {
	return &cache[K, V]{limit: limit, cost: cost, entries: map[K]*list.Element{}, recent: list.New()}
}

// get gives the value kept under the key, or makes it and keeps it. Errors are
// not kept. Two goroutines that ask for the same new value at once both make
// it: rare, and harmless.
func (c *cache[K, V]) get(key K, create func() (V, error)) (V, error) {
	c.mu.Lock()
	if e, ok := c.entries[key]; ok {
		c.recent.MoveToFront(e)
		c.mu.Unlock()
		return e.Value.(cacheEntry[K, V]).value, nil
	}
	c.mu.Unlock()

	value, err := create()
	if err != nil || c.cost(value) > c.limit/4 {
		return value, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.entries[key]; ok {
		return e.Value.(cacheEntry[K, V]).value, nil
	}
	c.entries[key] = c.recent.PushFront(cacheEntry[K, V]{key, value})
	c.used += c.cost(value)
	for c.used > c.limit {
		oldest := c.recent.Back()
		old := c.recent.Remove(oldest).(cacheEntry[K, V])
		delete(c.entries, old.key)
		c.used -= c.cost(old.value)
	}
	return value, nil
}

// symbolOf is Encode with a memory.
func symbolOf(content string, level Level) (*Symbol, error) {
	return symbols.get(symbolKey{content, level}, func() (*Symbol, error) { return Encode(content, level) })
}
