// Package monitoring holds monitoring/ to what it promises: its dashboards,
// rules and runbooks among each other (config_test.go, always), and all of them
// against the real programs (real_test.go, with make test-monitoring).
package monitoring
