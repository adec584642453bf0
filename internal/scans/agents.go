package scans

import (
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/mileusna/useragent"
	"github.com/x-way/crawlerdetect"
)

// agentCacheSize is how many user agents are remembered: a few hundred make
// up nearly all of the traffic.
const agentCacheSize = 8192

// knownAgent is what a user agent says.
type knownAgent struct {
	agent   agent
	bot     bool
	preview bool // fetches a page to draw a preview of a link
}

// crawlerChecks is how many unseen user agents a second are held against the
// crawler list, which takes 0.1 to 0.3 ms each. Somebody who makes up a new one
// for every request must not bring the recorder to a stop.
const crawlerChecks = 500

// agentCache remembers what user agents say. Only the recorder's goroutine
// uses it.
type agentCache struct {
	known   *lru.Cache[string, knownAgent]
	second  int64
	checks  int
	patient bool // holds every user agent against the list, however long that takes
}

func newAgentCache() *agentCache {
	cache, err := lru.New[string, knownAgent](agentCacheSize)
	if err != nil {
		panic(err) // the size is a positive constant
	}
	return &agentCache{known: cache}
}

func (c *agentCache) lookup(ua string) knownAgent {
	if known, ok := c.known.Get(ua); ok {
		return known
	}
	if second := time.Now().Unix(); second != c.second {
		c.second, c.checks = second, 0
	}
	if c.checks++; c.checks > crawlerChecks && !c.patient {
		return parseAgent(ua, looksLikeCrawler) // and not remembered
	}
	known := parseAgent(ua, crawlerdetect.IsCrawler)
	c.known.Add(strings.Clone(ua), known)
	return known
}

// looksLikeCrawler is the quick guess in place of the list.
func looksLikeCrawler(ua string) bool {
	lower := strings.ToLower(ua)
	return !strings.HasPrefix(lower, "mozilla/") || strings.Contains(lower, "bot") ||
		strings.Contains(lower, "crawl") || strings.Contains(lower, "spider") || strings.Contains(lower, "http")
}

// previewAgents fetch a link to show what is behind it in a chat or a feed.
var previewAgents = [...]string{
	"facebookexternalhit", "facebookcatalog", "whatsapp/", "telegrambot", "slackbot-linkexpanding", "slack-imgproxy",
	"twitterbot", "discordbot", "linkedinbot", "skypeuripreview", "microsoftpreview", "teamsbot", "pinterestbot", "redditbot", "viber",
	"vkshare", "mastodon", "bluesky", "snapchat-urlpreview", "google-pagerenderer", "embedly", "iframely", "line-poker", "kakaotalk-scrap",
}

func parseAgent(ua string, isCrawler func(string) bool) knownAgent {
	if ua == "" {
		return knownAgent{bot: true} // every browser names itself
	}
	lower := strings.ToLower(ua)
	for _, name := range previewAgents {
		if strings.Contains(lower, name) {
			return knownAgent{agent: agent{"bot", "other", "other"}, preview: true}
		}
	}
	parsed := useragent.Parse(ua)
	if parsed.Bot || isCrawler(ua) {
		return knownAgent{agent: agent{"bot", "other", "other"}, bot: true}
	}
	return knownAgent{agent: agent{device: deviceOf(&parsed), os: oneOf(parsed.OS, systems[:]), browser: oneOf(parsed.Name, browsers[:])}}
}

// The names that are stored; everything else is "other".
var (
	systems = [...]string{
		useragent.Android, useragent.IOS, useragent.Windows, useragent.MacOS, useragent.Linux, useragent.ChromeOS,
		useragent.FreeBSD, useragent.Harmony, useragent.WindowsPhone, useragent.BlackBerry,
	}
	browsers = [...]string{
		useragent.Chrome, useragent.Safari, useragent.Firefox, useragent.Edge, useragent.SamsungBrowser, useragent.Opera,
		useragent.OperaMini, useragent.OperaTouch, useragent.Vivaldi, useragent.InternetExplorer, useragent.FacebookApp,
		useragent.InstagramApp, useragent.TiktokApp, "Miui Browser", "Huawei Browser", "Android browser", "UCBrowser", "DuckDuckGo",
	}
)

func oneOf(name string, names []string) string {
	for _, n := range names {
		if strings.EqualFold(name, n) {
			return n
		}
	}
	return "other"
}

func deviceOf(ua *useragent.UserAgent) string {
	switch {
	case ua.Tablet:
		return "tablet"
	case ua.Mobile:
		return "phone"
	case ua.Desktop:
		return "computer"
	}
	return "other"
}
