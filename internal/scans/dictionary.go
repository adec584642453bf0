package scans

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"qrgen/db"
)

// How many different words are kept. What comes later is "other", so that
// nobody can fill the tables by sending made-up headers.
const (
	maxReferrers = 20_000
	maxLanguages = 700
	maxCountries = 400
	maxAgents    = 4_000
	// At most so many unseen referrer hosts a day and process: a flood of
	// made-up ones can't use the room up in an afternoon.
	maxNewReferrers = 500
)

type wordKind uint8

const (
	referrerWord wordKind = iota
	languageWord
	countryWord
	wordKinds
)

func (k wordKind) String() string { return [...]string{"referrer", "language", "country"}[k] }

// Places in the dictionary that are always there.
const (
	noWord    = 0
	otherWord = 1
)

type word struct {
	kind wordKind
	text string
}

type agent struct{ device, os, browser string }

// dictionary turns words into the small integers that scans hold. Words get a
// place here at once and their ID from the database before the batch that
// needs them is stored. Only the recorder's goroutine uses it.
type dictionary struct {
	places map[word]int32
	agents map[agent]int32

	epoch       string // the database that the IDs are of; empty before the first
	ids         wordIDs
	lastWord    int16 // the highest ID read so far
	lastAgent   int16
	newWords    []word
	newAgents   []agent
	counts      [wordKinds]int
	day         int64
	newToday    int
	initialised bool
}

// wordIDs gives the database's ID for a place.
type wordIDs struct {
	words  []int16
	agents []int16
}

const unknownID = -1

func newDictionary() *dictionary {
	return &dictionary{
		places: map[word]int32{}, agents: map[agent]int32{{}: noWord, {"other", "other", "other"}: otherWord},
		ids:      wordIDs{words: []int16{0, 1}, agents: []int16{0, 1}},
		lastWord: otherWord, lastAgent: otherWord,
	}
}

// place gives a word's place. The text is kept only when it is new.
func (d *dictionary) place(kind wordKind, text string, day int64) int32 {
	if text == "" {
		return noWord
	}
	if p, ok := d.places[word{kind, text}]; ok {
		return p
	}
	limit := [...]int{maxReferrers, maxLanguages, maxCountries}[kind]
	if d.counts[kind] >= limit {
		return otherWord
	}
	if kind == referrerWord {
		if d.day != day {
			d.day, d.newToday = day, 0
		}
		if d.newToday >= maxNewReferrers {
			return otherWord
		}
		d.newToday++
	}
	w := word{kind, strings.Clone(text)}
	d.newWords = append(d.newWords, w)
	return d.addWord(w, unknownID)
}

func (d *dictionary) addWord(w word, id int16) int32 {
	p := int32(len(d.ids.words))
	d.places[w] = p
	d.ids.words = append(d.ids.words, id)
	d.counts[w.kind]++
	return p
}

func (d *dictionary) placeAgent(a agent) int32 {
	if p, ok := d.agents[a]; ok {
		return p
	}
	if len(d.agents) >= maxAgents {
		return otherWord
	}
	d.newAgents = append(d.newAgents, a)
	return d.addAgent(a, unknownID)
}

func (d *dictionary) addAgent(a agent, id int16) int32 {
	p := int32(len(d.ids.agents))
	d.agents[a] = p
	d.ids.agents = append(d.ids.agents, id)
	return p
}

// resolve gets an ID for every word that has none. After an error it can be
// called again.
func (d *dictionary) resolve(ctx context.Context, store *db.Store) error {
	if d.initialised && len(d.newWords) == 0 && len(d.newAgents) == 0 {
		return nil
	}
	var words []db.ScanWord
	var agents []db.ScanAgent
	err := store.InTx(ctx, func(q *db.Queries) (err error) {
		if err = q.LockScanWords(ctx); err != nil {
			return err
		}
		if err = d.sameDatabase(ctx, q); err != nil {
			return err
		}
		for _, w := range d.newWords {
			if err = q.CreateScanWord(ctx, db.CreateScanWordParams{Kind: w.kind.String(), Word: w.text}); err != nil {
				return err
			}
		}
		for _, a := range d.newAgents {
			if err = q.CreateScanAgent(ctx, db.CreateScanAgentParams{Device: a.device, Os: a.os, Browser: a.browser}); err != nil {
				return err
			}
		}
		if words, err = q.ListScanWords(ctx, d.lastWord); err != nil {
			return err
		}
		agents, err = q.ListScanAgents(ctx, d.lastAgent)
		return err
	})
	if err != nil {
		return fmt.Errorf("look up the words of scans: %w", err)
	}
	d.learn(words, agents)
	return nil
}

// errOtherDatabase is returned where the database is not the one that the IDs
// are of: a backup was restored, or a standby took over. The same integer may
// mean another word there.
var errOtherDatabase = errors.New("this is another database than before")

// sameDatabase holds that q's database is the one that the IDs are of.
func (d *dictionary) sameDatabase(ctx context.Context, q *db.Queries) error {
	epoch, err := q.DatabaseEpoch(ctx)
	if err != nil {
		return err
	}
	if d.epoch != "" && d.epoch != epoch {
		return errOtherDatabase
	}
	d.epoch = epoch
	return nil
}

// forget drops every ID and keeps the words, so that the next resolve gets
// them anew: from a database that may have fewer, or others.
func (d *dictionary) forget() {
	d.epoch, d.initialised = "", false
	d.lastWord, d.lastAgent = otherWord, otherWord
	d.newWords, d.newAgents = nil, nil
	for w, place := range d.places {
		d.ids.words[place] = unknownID
		d.newWords = append(d.newWords, w)
	}
	for a, place := range d.agents {
		if place > otherWord {
			d.ids.agents[place] = unknownID
			d.newAgents = append(d.newAgents, a)
		}
	}
}

// learn takes in what the database has, in the order of the IDs, which is the
// order of the commits.
func (d *dictionary) learn(words []db.ScanWord, agents []db.ScanAgent) {
	for _, row := range words {
		d.lastWord = row.ID
		for kind := range wordKinds {
			if kind.String() != row.Kind {
				continue
			}
			w := word{kind, row.Word}
			if p, ok := d.places[w]; ok {
				d.ids.words[p] = row.ID
			} else {
				d.addWord(w, row.ID)
			}
		}
	}
	for _, row := range agents {
		d.lastAgent = row.ID
		a := agent{row.Device, row.Os, row.Browser}
		if p, ok := d.agents[a]; ok {
			d.ids.agents[p] = row.ID
		} else {
			d.addAgent(a, row.ID)
		}
	}
	d.newWords, d.newAgents, d.initialised = nil, nil, true
}
