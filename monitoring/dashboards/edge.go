package main

// edge is Traefik: what clients meet first.
func edge() dashboard {
	return dashboard{
		file: "edge", title: "7 Edge (Traefik)", about: "What clients meet first: routers, refusals, certificates.",
		panels: []panel{
			row("Now"),
			stat("Requests per second", "reqps", "At every entry point, over 5 minutes.", `sum(rate(traefik_entrypoint_requests_total[5m]))`),
			stat("Open connections", "short", "At every entry point.", `sum(traefik_open_connections)`),
			stat("Certificate", "s", "Time until the first of the certificates ends.", `min(traefik_tls_certs_not_after) - time()`, worst(), step{259200, "orange"}, good(1209600)),
			stat("Servers up", "short", "Replicas that pass the edge's own health check; it checks where several are named in APP_HOSTS.", `sum(traefik_service_server_up{service="public@file"})`, worst(), good(1)),
			stat("Errors of 24 hours", "short", "Answers 5xx, of the edge and of what is behind it.", `sum(increase(traefik_entrypoint_requests_total{code=~"5.."}[24h])) or vector(0)`, bad(1)),
			stat("Configuration", "dateTimeFromNow", "When the dynamic configuration was last taken over.", `max(traefik_config_last_reload_success) * 1000`),

			row("Requests"),
			graph("By router", "reqps", "Scans come by public-rtr, staff by api-rtr.", q(`sum by (router) (rate(traefik_router_requests_total[$__rate_interval]))`, "{{router}}")),
			graph("By status", "reqps", "At every entry point.", q(`sum by (code) (rate(traefik_entrypoint_requests_total[$__rate_interval]))`, "{{code}}")).stacked(),
			graph("Errors", "percentunit", "Share of answers 5xx, by service. 502 and 504 are the edge's own words for an application that is away.",
				q(`sum by (service) (rate(traefik_service_requests_total{code=~"5.."}[$__rate_interval])) / sum by (service) (rate(traefik_service_requests_total[$__rate_interval]))`, "{{service}}")).share().limits(bad(0.01)),
			graph("Time to answer", "s", "The time within which 99 of 100 requests were answered, by service; network to the client aside.",
				q(`histogram_quantile(0.99, sum by (le, service) (rate(traefik_service_request_duration_seconds_bucket[$__rate_interval])))`, "{{service}}")),
			graph("Refused", "short", "Per 5 minutes: too many requests (429), not from the office (403, 418), not signed in (401), too large (413).",
				q(`sum by (code) (increase(traefik_entrypoint_requests_total{code=~"401|403|413|418|429"}[5m]))`, "{{code}}")),
			graph("Asked again", "cps", "Requests that a second replica was asked for, because the first did not answer.", q(`sum by (service) (rate(traefik_service_retries_total[$__rate_interval]))`, "{{service}}")),

			row("Connections"),
			graph("Open connections", "short", "By entry point.", q(`sum by (entrypoint) (traefik_open_connections)`, "{{entrypoint}}")),
			graph("TLS", "reqps", "Requests by version and cipher. An old version says which phones are still out there.",
				q(`sum by (tls_version, tls_cipher) (rate(traefik_entrypoint_requests_tls_total[$__rate_interval]))`, "{{tls_version}} {{tls_cipher}}")),
			graph("Traffic", "Bps", "Bodies of requests and answers.", q(`sum(rate(traefik_entrypoint_requests_bytes_total[$__rate_interval]))`, "in"), q(`sum(rate(traefik_entrypoint_responses_bytes_total[$__rate_interval]))`, "out")),
			graph("Certificates", "s", "Time until each of them ends.", q(`traefik_tls_certs_not_after - time()`, "{{cn}} {{sans}}")).limits(step{nil, "red"}, good(1209600)),
			graph("Changes of the configuration", "short", "Dynamic configurations taken over.", q(`sum(increase(traefik_config_reloads_total[5m]))`, "taken over")),
			graph("Memory of the edge", "bytes", "Resident memory of Traefik's process.", q(`process_resident_memory_bytes{job="traefik"}`, "{{instance}}")),
		},
	}
}
