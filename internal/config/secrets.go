package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"qrgen/db"
)

// joinPassword puts DATABASE_PASSWORD into DatabaseURL, so that nobody past
// here has to know of both.
func (c *Config) joinPassword() error {
	if c.DatabasePassword == "" {
		return nil
	}
	if c.DatabaseURL == "" {
		return errors.New("DATABASE_PASSWORD is set, and DATABASE_URL is not: it belongs to one")
	}
	login, err := db.ParseLogin(c.DatabaseURL)
	if err != nil {
		return nil //nolint:nilerr // opening the database says it better
	}
	if login.Password != "" {
		return errors.New("DATABASE_PASSWORD is set, and DATABASE_URL has a password, too: keep one")
	}
	c.DatabaseURL = db.WithPassword(c.DatabaseURL, c.DatabasePassword)
	return nil
}

// checkProduction refuses what is good enough for a desk and for nothing else.
func (c Config) checkProduction() error {
	var err error
	switch links, linksErr := c.Links(); {
	case c.BaseURL == "" || c.BaseURL == "https://": // what Compose makes of an unset PUBLIC_HOST
		err = errors.Join(err, errors.New("BASE_URL is not set: in production, codes must not be printed with this machine's own address"))
	case linksErr == nil && links.LocalOnly():
		err = errors.Join(err, fmt.Errorf("BASE_URL is %s: in production, codes must not be printed with an address that only this network knows", c.BaseURL))
	case linksErr == nil && !strings.HasPrefix(links.Base(), "https://"):
		err = errors.Join(err, fmt.Errorf("BASE_URL is %s: in production it begins with https://", c.BaseURL))
	}
	return errors.Join(err, c.checkPassword())
}

// wellKnown are passwords that stand in examples all over the world.
var wellKnown = []string{"", "postgres", "qrgen", "password", "passwd", "secret", "changeme", "change-me", "change_me", "development", "example", "admin", "root", "test", "123456", "12345678"}

// checkPassword wants a password of one's own for a server that is reached over
// a network.
func (c Config) checkPassword() error {
	if c.DatabaseURL == "" {
		return nil // the embedded server listens to nobody else
	}
	login, err := db.ParseLogin(c.DatabaseURL)
	if err != nil || !login.Network || login.Certificate {
		return nil //nolint:nilerr // opening the database says it better
	}
	password := login.Password
	if c.DatabasePassword != "" {
		password = c.DatabasePassword
	}
	switch {
	case password == "":
		return errors.New("DATABASE_PASSWORD is not set, and DATABASE_URL has no password: in production the database needs one")
	case slices.Contains(wellKnown, strings.ToLower(password)), password == login.User:
		return errors.New("DATABASE_PASSWORD, or the password in DATABASE_URL, is one that everybody knows: make one with openssl rand -hex 24")
	}
	return nil
}
