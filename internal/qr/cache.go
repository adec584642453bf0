package qr

import (
	"container/list"
	"sync"
)

// symbols remembers what Encode gave, for Render. It is package state because
// it can't be told apart from computing anew, and takes at most about 11 MB:
// 1,000 symbols of 4 kB with contents of 7 kB.
var symbols = newCache(1000) //nolint:gochecknoglobals // see above

// cache keeps the most recently used symbols. It is safe for concurrent use.
type cache struct {
	mu      sync.Mutex
	limit   int
	entries map[cacheKey]*list.Element // of *cacheEntry
	recent  *list.List                 // most recently used first
}

type cacheKey struct {
	content string
	level   Level
}

type cacheEntry struct {
	key    cacheKey
	symbol *Symbol
}

func newCache(limit int) *cache {
	return &cache{limit: limit, entries: make(map[cacheKey]*list.Element), recent: list.New()}
}

// symbol is Encode with a memory. Errors are not kept. Two goroutines that ask
// for the same new symbol at once both encode it: rare, and harmless.
func (c *cache) symbol(content string, level Level) (*Symbol, error) {
	key := cacheKey{content, level}
	c.mu.Lock()
	if e, ok := c.entries[key]; ok {
		c.recent.MoveToFront(e)
		c.mu.Unlock()
		return e.Value.(*cacheEntry).symbol, nil
	}
	c.mu.Unlock()

	s, err := Encode(content, level)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.entries[key]; ok {
		return e.Value.(*cacheEntry).symbol, nil
	}
	c.entries[key] = c.recent.PushFront(&cacheEntry{key, s})
	if c.recent.Len() > c.limit {
		oldest := c.recent.Back()
		c.recent.Remove(oldest)
		delete(c.entries, oldest.Value.(*cacheEntry).key)
	}
	return s, nil
}
