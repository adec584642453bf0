package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"qrgen/internal/config"
)

const healthTimeout = 3 * time.Second

var errUnwell = errors.New("the program is not well")

// health asks the program that runs with this configuration how it is; a
// container's health check.
func health(ctx context.Context, env environment, _ []string) error {
	cfg, err := config.Load(env.lookup)
	if err != nil {
		return err
	}
	host := cfg.Host
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	address := "http://" + net.JoinHostPort(host, strconv.Itoa(int(cfg.Port))) + "/health"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return fmt.Errorf("make the request: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask for the health: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(env.stdout, io.LimitReader(response.Body, 4<<10)); err != nil {
		return fmt.Errorf("read the health: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return errUnwell
	}
	return nil
}
