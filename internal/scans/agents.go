package scans

import (
	"strings"

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

// agentCache remembers what user agents say. Only the recorder's goroutine
// uses it.
type agentCache struct {
	known *lru.Cache[string, knownAgent]
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
	known := parseAgent(ua)
	c.known.Add(strings.Clone(ua), known)
	return known
}

// previewAgents fetch a link to show what is behind it in a chat or a feed.
var previewAgents = [...]string{
	"facebookexternalhit", "facebookcatalog", "whatsapp/", "telegrambot", "slackbot-linkexpanding", "slack-imgproxy",
	"twitterbot", "discordbot", "linkedinbot", "skypeuripreview", "microsoftpreview", "teamsbot", "pinterestbot", "redditbot", "viber",
	"vkshare", "mastodon", "bluesky", "snapchat-urlpreview", "google-pagerenderer", "embedly", "iframely", "line-poker", "kakaotalk-scrap",
}

func parseAgent(ua string) knownAgent {
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
	if parsed.Bot || crawlerdetect.IsCrawler(ua) {
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
