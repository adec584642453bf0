package main

// The shapes below are Grafana's own, as far as they are needed here:
// https://grafana.com/docs/grafana/latest/visualizations/dashboards/build-dashboards/view-dashboard-json-model/

import (
	"maps"
	"slices"
	"strconv"
)

const (
	schemaVersion = 41
	columns       = 24 // of Grafana's grid
	tag           = "qrgen"
)

type object = map[string]any

var (
	prometheus = object{"type": "prometheus", "uid": "prometheus"}
	loki       = object{"type": "loki", "uid": "loki"}
)

// dashboard is a page of panels, which lie in the order they are listed in.
type dashboard struct {
	file, title, about string
	variables          []object
	panels             []panel
}

// panel is one box. A row starts a new line under a heading of its own.
type panel struct {
	kind, title, about, unit string
	wide, high               int
	queries                  []query
	steps                    []step
	options, custom          object
	max                      any
	values                   map[string]string // what a number is called
	source                   object
}

type query struct {
	expr, legend string
	instant      bool
	format       string
}

// step is a threshold: from the value on, the colour.
type step struct {
	from  any
	color string
}

func q(expr, legend string) query { return query{expr: expr, legend: legend} }

// row heads the panels that follow.
func row(title string) panel { return panel{kind: "row", title: title, wide: columns, high: 1} }

// graph shows lines over time, three to a line of panels.
func graph(title, unit, about string, queries ...query) panel {
	return panel{
		kind: "timeseries", title: title, unit: unit, about: about, wide: 8, high: 8, queries: queries, source: prometheus,
		options: object{
			"legend":  object{"displayMode": "list", "placement": "bottom", "showLegend": true},
			"tooltip": object{"mode": "multi", "sort": "desc"},
		},
		custom: object{"drawStyle": "line", "lineWidth": 1, "fillOpacity": 8, "showPoints": "never", "spanNulls": false},
	}
}

// stat shows one number now, six to a line of panels.
func stat(title, unit, about, expr string, steps ...step) panel {
	return panel{
		kind: "stat", title: title, unit: unit, about: about, wide: 4, high: 4, source: prometheus, steps: steps,
		queries: []query{{expr: expr, instant: true}},
		options: object{
			"colorMode": "value", "graphMode": "none", "textMode": "auto", "justifyMode": "auto",
			"reduceOptions": object{"calcs": []string{"lastNotNull"}, "fields": "", "values": false},
		},
	}
}

// table lists the series of one moment.
func table(title, unit, about, expr string) panel {
	return panel{
		kind: "table", title: title, unit: unit, about: about, wide: 12, high: 8, source: prometheus,
		queries: []query{{expr: expr, instant: true, format: "table"}},
		options: object{"showHeader": true, "cellHeight": "sm"},
	}
}

// heat shows how a histogram is spread over time.
func heat(title, unit, about, expr string) panel {
	return panel{
		kind: "heatmap", title: title, unit: unit, about: about, wide: 8, high: 8, source: prometheus,
		queries: []query{{expr: expr, legend: "{{le}}", format: "heatmap"}},
		options: object{
			"calculate": false, "yAxis": object{"unit": unit}, "color": object{"mode": "scheme", "scheme": "Blues", "steps": 32},
			"cellGap": 1, "legend": object{"show": true}, "tooltip": object{"mode": "single", "yHistogram": false},
		},
	}
}

// lines shows log lines, newest first.
func lines(title, about, expr string) panel {
	return panel{
		kind: "logs", title: title, unit: "none", about: about, wide: columns, high: 10, source: loki, queries: []query{q(expr, "")},
		options: object{"showTime": true, "wrapLogMessage": true, "prettifyLogMessage": false, "enableLogDetails": true, "dedupStrategy": "none", "sortOrder": "Descending"},
	}
}

func (p panel) size(wide, high int) panel { p.wide, p.high = wide, high; return p }
func (p panel) named(values map[string]string) panel {
	p.values = values
	return p
}

// share makes 1 the top of the axis.
func (p panel) share() panel { p.max = 1; return p }

// stacked fills the room between the lines, so that they add up.
func (p panel) stacked() panel {
	p.custom["stacking"], p.custom["fillOpacity"] = object{"mode": "normal", "group": "A"}, 40
	return p
}

// from takes the panel's data from another source.
func (p panel) from(source object) panel { p.source = source; return p }

// limits draws thresholds into a graph.
func (p panel) limits(steps ...step) panel {
	p.steps = steps
	p.custom["thresholdsStyle"] = object{"mode": "line"}
	return p
}

// good, warn and bad are the steps of what is better when it is low; from the
// value on.
func warn(from float64) step { return step{from, "orange"} }
func bad(from float64) step  { return step{from, "red"} }
func good(from float64) step { return step{from, "green"} }

// worst is the colour below every other step, of what is better when it is high.
func worst() step { return step{nil, "red"} }

func (p panel) thresholds() object {
	steps := []object{}
	if len(p.steps) == 0 || p.steps[0].from != nil {
		steps = append(steps, object{"color": "green", "value": nil})
	}
	for _, s := range p.steps {
		steps = append(steps, object{"color": s.color, "value": s.from})
	}
	return object{"mode": "absolute", "steps": steps}
}

func (p panel) grafana(id, x, y int) object {
	o := object{"id": id, "type": p.kind, "title": p.title, "gridPos": object{"h": p.high, "w": p.wide, "x": x, "y": y}}
	if p.kind == "row" {
		o["collapsed"], o["panels"] = false, []any{}
		return o
	}
	defaults := object{"unit": p.unit, "thresholds": p.thresholds(), "custom": object{}, "mappings": p.mappings()}
	if p.custom != nil {
		defaults["custom"] = p.custom
	}
	switch p.kind {
	case "timeseries":
		defaults["min"] = 0
		defaults["color"] = object{"mode": "palette-classic"}
	case "stat":
		defaults["color"] = object{"mode": "thresholds"}
		defaults["noValue"] = "–"
	}
	if p.max != nil {
		defaults["max"] = p.max
	}
	targets := make([]object, len(p.queries))
	for i, one := range p.queries {
		targets[i] = object{
			"refId": string(rune('A' + i)), "datasource": p.source, "expr": one.expr,
			"legendFormat": one.legend, "instant": one.instant, "range": !one.instant,
		}
		if one.format != "" {
			targets[i]["format"] = one.format
		}
		if p.kind == "timeseries" && p.source["type"] == "prometheus" {
			targets[i]["exemplar"] = true
		}
		if p.source["type"] == "loki" {
			targets[i]["queryType"] = "range"
		}
	}
	o["description"], o["datasource"], o["targets"], o["options"] = p.about, p.source, targets, p.options
	o["fieldConfig"] = object{"defaults": defaults, "overrides": []any{}}
	return o
}

func (p panel) mappings() []object {
	list := []object{}
	if len(p.values) > 0 {
		options := object{}
		for _, value := range slices.Sorted(maps.Keys(p.values)) {
			options[value] = object{"text": p.values[value], "index": len(options)}
		}
		list = append(list, object{"type": "value", "options": options})
	}
	return list
}

func (d dashboard) grafana() object {
	panels := []object{}
	x, y, lineHigh := 0, 0, 0
	for i, p := range d.panels {
		if x+p.wide > columns {
			x, y, lineHigh = 0, y+lineHigh, 0
		}
		panels = append(panels, p.grafana(i+1, x, y))
		x, lineHigh = x+p.wide, max(lineHigh, p.high)
	}
	return object{
		"uid": "qrgen-" + d.file, "title": d.title, "description": d.about, "tags": []string{tag}, "schemaVersion": schemaVersion,
		"editable": false, "graphTooltip": 1, "refresh": "30s", "timezone": "", "weekStart": "monday",
		"time": object{"from": "now-6h", "to": "now"}, "timepicker": object{},
		"annotations": object{"list": []any{}}, "links": d.links(), "panels": panels,
		"templating": object{"list": append([]object{zoneVariable()}, d.variables...)},
	}
}

// links lead to the other dashboards and to these same figures in another zone.
func (d dashboard) links() []object {
	return []object{
		{
			"title": "Dashboards", "type": "dashboards", "tags": []string{tag}, "asDropdown": true, "keepTime": true,
			"includeVars": false, "icon": "external link", "targetBlank": false, "url": "", "tooltip": "The other seven",
		},
		{
			"title": "Show in the chosen zone", "type": "link", "url": "d/qrgen-" + d.file + "?timezone=${zone}", "keepTime": true,
			"includeVars": true, "icon": "clock", "targetBlank": false, "tags": []string{}, "asDropdown": false,
			"tooltip": "Times in UTC or in the office's zone (TZ)",
		},
	}
}

// zoneVariable chooses between UTC and Grafana's default, which is the office's
// zone (docker-compose.yml).
func zoneVariable() object {
	options := []object{
		{"text": "Office", "value": "default", "selected": true},
		{"text": "UTC", "value": "utc", "selected": false},
	}
	return object{
		"name": "zone", "label": "Zone", "type": "custom", "query": "Office : default, UTC : utc", "options": options,
		"current": options[0], "multi": false, "includeAll": false, "hide": 0, "skipUrlSync": false,
	}
}

// variable chooses among the values of a metric's label; all at first.
func variable(name, label, of, metric string) object {
	expr := "label_values(" + metric + ", " + of + ")"
	return object{
		"name": name, "label": label, "type": "query", "datasource": prometheus, "definition": expr,
		"query": object{"query": expr, "refId": strconv.Quote(name)}, "refresh": 2, "sort": 1, "multi": true, "includeAll": true,
		"allValue": ".*", "current": object{"text": "All", "value": "$__all", "selected": true}, "hide": 0, "skipUrlSync": false,
	}
}

// instances chooses among the replicas of the application, hosts among machines.
func instances() object { return variable("instance", "Instance", "instance", "qrgen_build_info") }
func hosts() object     { return variable("host", "Host", "instance", "node_uname_info") }
