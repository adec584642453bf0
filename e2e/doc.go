// Package e2e tests the program from the outside: the real binary on its
// embedded PostgreSQL, a real Chromium, real decoders of QR codes.
//
// There is one journey for each task a person does, axe on every page, and
// tests of what an operator meets: kills, stops, restarts.
//
//	go test ./e2e                                          # everything
//	go test ./e2e -run TestScreenshots -screenshots        # docs/screenshots
//
// CHROMIUM_PATH names the browser where it is not found. How the binary is built,
// started and stopped is e2e/rig's business, here and in the folders below.
package e2e
