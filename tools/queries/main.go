// Command queries parses what the monitoring asks and says which metrics it
// asks for. It is a module of its own because the parsers are those of
// Prometheus, Loki and Alloy, and bring half of those along.
//
//	queries <<<'[{"language":"promql","text":"rate(up[5m])"}]'
//
// It answers with [{"metrics":["up"]}], or with an "error" in its place.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/grafana/alloy/syntax/parser"
	"github.com/grafana/loki/v3/pkg/logql/syntax"
	"github.com/prometheus/prometheus/model/labels"

	promql "github.com/prometheus/prometheus/promql/parser"
)

type question struct {
	Language string `json:"language"` // promql, logql or alloy
	Text     string `json:"text"`
}

type answer struct {
	Error   string   `json:"error,omitempty"`
	Metrics []string `json:"metrics,omitempty"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	var questions []question
	if err := json.NewDecoder(in).Decode(&questions); err != nil {
		return fmt.Errorf("read the questions: %w", err)
	}
	answers := make([]answer, len(questions))
	for i, q := range questions {
		metrics, err := parse(q)
		if err != nil {
			answers[i].Error = err.Error()
		}
		answers[i].Metrics = metrics
	}
	return json.NewEncoder(out).Encode(answers)
}

func parse(q question) ([]string, error) {
	switch q.Language {
	case "promql":
		return metricsOf(q.Text)
	case "logql":
		_, err := syntax.ParseExpr(q.Text)
		return nil, err
	case "alloy":
		_, err := parser.ParseFile("config.alloy", []byte(q.Text))
		return nil, err
	}
	return nil, errors.New("no such language: " + q.Language)
}

func metricsOf(text string) ([]string, error) {
	expr, err := promql.NewParser(promql.Options{}).ParseExpr(text)
	if err != nil {
		return nil, err
	}
	var names []string
	promql.Inspect(expr, func(node promql.Node, _ []promql.Node) error {
		selector, ok := node.(*promql.VectorSelector)
		if !ok {
			return nil
		}
		for _, m := range selector.LabelMatchers {
			if m.Name == labels.MetricName && m.Type == labels.MatchEqual {
				names = append(names, m.Value)
			}
		}
		return nil
	})
	return names, nil
}
