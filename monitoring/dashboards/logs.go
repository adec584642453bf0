package main

// logs is what the programs say, who changed what, and what was raised.
func logs() dashboard {
	return dashboard{
		file: "logs", title: "8 Logs and alerts", about: "Errors, slow requests, the audit trail, one request by its ID, and the alerts' own history.",
		variables: []object{textVariable("request_id", "Request ID"), textVariable("slow_ms", "Slow from (ms)", "500")},
		panels: []panel{
			row("Alerts"),
			graph("Alerts that fire", "short", "Over time, the dead man's switch aside. An empty graph is a good one.",
				q(`count by (alertname, severity) (ALERTS{alertstate="firing", severity!="none"}) or vector(0)`, "{{alertname}} {{severity}}")).stacked(),
			graph("Messages sent", "short", "By the alert manager, per 5 minutes and receiver. Failed ones did not reach anybody.",
				q(`sum by (integration) (increase(alertmanager_notifications_total[5m]))`, "{{integration}}"),
				q(`sum by (integration) (increase(alertmanager_notifications_failed_total[5m]))`, "{{integration}} failed")),
			graph("Rules that failed", "short", "Evaluations per 5 minutes. Anything above 0 is a mistake in monitoring/prometheus/rules.",
				q(`sum by (rule_group) (increase(prometheus_rule_evaluation_failures_total[5m]))`, "{{rule_group}}")),

			row("Errors"),
			graph("Lines by level", "cps", "Of the application, from its log.", q(`sum by (level) (rate({service="qr-app"}[$__auto]))`, "{{level}}")).from(loki).stacked(),
			graph("Errors by route", "short", "Lines of level ERROR, per 5 minutes.", q(`sum by (route) (count_over_time({service="qr-app", level="ERROR"} | json [5m]))`, "{{route}}")).from(loki),
			graph("Lines by service", "cps", "Of everything that runs here.", q(`sum by (service) (rate({service=~".+"}[$__auto]))`, "{{service}}")).from(loki).stacked(),
			lines("Errors and warnings", "Each with the request it belongs to.", `{service="qr-app", level=~"ERROR|WARN"} | json | line_format "{{.msg}} {{.route}} {{.error}} {{.request_id}}"`),

			row("Requests"),
			lines("Slow requests", "Requests that took longer than the number above, and queries over a second.",
				`{service="qr-app"} | json | duration_ms > $slow_ms | line_format "{{.duration_ms}} ms {{.msg}} {{.method}} {{.route}} {{.query}} {{.status}} {{.request_id}}"`),
			lines("One request", "All that was logged for a request, in every service. Its ID is in the answer's X-Request-ID, on error pages, and a click away from the dots in graphs.",
				`{service=~".+"} |= "$request_id" | json`),

			row("Audit"),
			lines("Who changed what", "Each change of a code with who made it.", `{stream="audit"} | json | line_format "{{.actor}} {{.action}} code {{.code_id}} {{.fields}} {{.request_id}}"`),
		},
	}
}

// textVariable is typed in.
func textVariable(name, label string, value ...string) object {
	text := ""
	if len(value) > 0 {
		text = value[0]
	}
	return object{
		"name": name, "label": label, "type": "textbox", "query": text, "current": object{"text": text, "value": text}, "hide": 0, "skipUrlSync": false,
		"options": []object{{"text": text, "value": text, "selected": true}},
	}
}
