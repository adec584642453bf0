package corpus

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"qrgen/internal/qr"
)

// Decoder is a program that reads symbols.
type Decoder struct {
	Name string
	// Read gives what each picture says, "" where nothing was found. It runs in
	// the module's root folder.
	Read func(ctx context.Context, root, dir string, pictures []string) ([]string, error)
}

// Decoders are the programs, none of which we wrote.
func Decoders() []Decoder {
	return []Decoder{{"zbar", zbar}, {"ZXing-C++", zxing}, {"qr.js", qrJS}}
}

// divider is what a symbol between two pictures says, for programs that read
// many files and write what they found without its file.
const divider = "BETWEEN TWO PICTURES"

func zbar(ctx context.Context, _, dir string, pictures []string) ([]string, error) {
	// Binary, because zbar guesses the character set of text (docs/adr/0011).
	return divided(ctx, dir, pictures, "zbarimg", "-q", "--nodbus", "--raw", "--oneshot", "-Sbinary", "-Sdisable", "-Sqrcode.enable")
}

func zxing(ctx context.Context, _, dir string, pictures []string) ([]string, error) {
	return divided(ctx, dir, pictures, "ZXingReader", "-bytes", "-format", "QRCode")
}

// divided runs one command for all pictures, with a divider after each.
func divided(ctx context.Context, dir string, pictures []string, command ...string) ([]string, error) {
	size, err := qr.Pixels(200)
	if err != nil {
		return nil, err
	}
	image, err := qr.Render(qr.Request{Content: divider, Style: qr.DefaultStyle(), Format: qr.FormatPNG, Size: size})
	if err != nil {
		return nil, err
	}
	between := filepath.Join(dir, "divider.png")
	if err := os.WriteFile(between, image.Data, 0o600); err != nil {
		return nil, err
	}
	args := command[1:]
	for _, p := range pictures {
		args = append(args, p, between)
	}
	var out, problems bytes.Buffer
	cmd := exec.CommandContext(ctx, command[0], args...)
	cmd.Stdout, cmd.Stderr = &out, &problems
	err = cmd.Run() // the status says only that a picture had no symbol
	parts := strings.Split(out.String(), divider)
	if len(parts) != len(pictures)+1 {
		return nil, fmt.Errorf("%s gave %d parts for %d pictures: %w: %s", command[0], len(parts), len(pictures), err, problems.String())
	}
	return parts[:len(pictures)], nil
}

// qrJS runs one node process of the npm package qr for all pictures.
func qrJS(ctx context.Context, root, _ string, pictures []string) ([]string, error) {
	cmd := exec.CommandContext(ctx, "node", filepath.Join(root, "scripts", "qr-decode.mjs"))
	cmd.Dir = root
	var list strings.Builder
	for _, p := range pictures {
		list.WriteString(p + ".gray\n")
	}
	cmd.Stdin = strings.NewReader(list.String())
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("run qr-decode.mjs: %w: %s", err, problems.String())
	}
	var found []string
	for lines := bufio.NewScanner(&out); lines.Scan(); {
		text, err := base64.StdEncoding.DecodeString(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("read what qr-decode.mjs wrote: %w", err)
		}
		found = append(found, string(text))
	}
	if len(found) != len(pictures) {
		return nil, fmt.Errorf("qr-decode.mjs gave %d lines for %d pictures", len(found), len(pictures))
	}
	return found, nil
}
