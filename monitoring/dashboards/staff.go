package main

// staff is what the office has and does: codes, and who changed what.
func staff() dashboard {
	return dashboard{
		file: "staff", title: "3 Codes and staff activity", about: "How many codes there are, what staff do with them, and how their pages answer.",
		variables: []object{instances()},
		panels: []panel{
			row("Codes"),
			stat("Codes", "short", "Codes of every kind and state.", `max(sum by (instance) (qrgen_codes))`),
			stat("Active", "short", "Codes that lead somewhere, or hold fixed content, now.", `max(sum by (instance) (qrgen_codes{state="active"}))`),
			stat("Paused", "short", "Codes that lead nowhere for the time being.", `max(sum by (instance) (qrgen_codes{state="paused"})) or vector(0)`),
			stat("Retired", "short", "Codes out of use for good.", `max(sum by (instance) (qrgen_codes{state="retired"})) or vector(0)`),
			stat("Made in 7 days", "short", "Codes that were created.", `sum(increase(qrgen_code_events_total{action="created"}[7d]))`),
			stat("Downloaded in 7 days", "short", "Files that were taken away to be printed.", `sum(increase(qrgen_code_events_total{action="downloaded"}[7d]))`),
			graph("Codes by state", "short", "Counted once a minute.", q(`max by (state) (sum by (instance, state) (qrgen_codes))`, "{{state}}")).size(12, 8).stacked(),
			graph("Codes by kind", "short", "Dynamic ones can be led elsewhere, static ones hold fixed content.", q(`max by (kind) (sum by (instance, kind) (qrgen_codes))`, "{{kind}}")).size(12, 8).stacked(),

			row("Staff"),
			graph("Changes per hour", "short", "What staff did with codes, by action.", q(`sum by (action) (increase(qrgen_code_events_total{instance=~"$instance"}[1h]))`, "{{action}}")).stacked(),
			graph("Requests for pages", "reqps", "By route; ids are not part of it.",
				q(`topk(10, sum by (route) (rate(qrgen_http_request_duration_seconds_count{instance=~"$instance", group="pages"}[$__rate_interval])))`, "{{route}}")),
			graph("Forms that were refused", "short", "Answers 4xx to what staff sent, per 5 minutes: many of one route point at a form that is hard to understand.",
				q(`sum by (route) (increase(qrgen_http_request_duration_seconds_count{instance=~"$instance", method="POST", status="4xx"}[5m]))`, "{{route}}")),
			graph("Time to show a page", "s", "The time within which 95 of 100 pages were made.",
				q(`histogram_quantile(0.95, sum by (le) (rate(qrgen_http_request_duration_seconds_bucket{instance=~"$instance", group="pages"}[$__rate_interval])))`, "95 %")).limits(warn(0.5)),
			graph("Requests to the API", "reqps", "By route and class of status.",
				q(`sum by (route, status) (rate(qrgen_http_request_duration_seconds_count{instance=~"$instance", group="api"}[$__rate_interval]))`, "{{route}} {{status}}")),
			graph("Refused at the door", "short", "Requests that were not for this network or another site's doing (403), and sign-ins that failed at the edge (401), per 5 minutes.",
				q(`sum(increase(traefik_service_requests_total{service="admin@file", code="403"}[5m]))`, "403 of the application"),
				q(`sum by (code) (increase(traefik_entrypoint_requests_total{code=~"401|403|418"}[5m]))`, "{{code}} of the edge")),

			row("Who changed what"),
			lines("Audit trail", "Each change of a code with who made it; the code's history has the values before and after.",
				`{stream="audit"} | json | line_format "{{.actor}} {{.action}} code {{.code_id}} {{.fields}}"`),
		},
	}
}
