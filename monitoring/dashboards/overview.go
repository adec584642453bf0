package main

// overview is the one-minute answer: are scanners served, and how much of what
// was promised is used up?
func overview() dashboard {
	return dashboard{
		file: "overview", title: "1 Overview and SLO",
		about:     "Are scanners served? The promise: 99.95 % of scans get their answer, 99 % of them within 10 ms, over 30 days.",
		variables: []object{instances()},
		panels: []panel{
			row("Now"),
			stat("Availability, 30 days", "percentunit", "Scans of 30 days that got an answer other than “unavailable”. 99.95 % is promised.",
				`1 - (sum(increase(qrgen_redirects_total{outcome="unavailable"}[30d])) / (sum(increase(qrgen_redirects_total[30d])) > 0))`,
				worst(), step{0.999, "orange"}, good(0.9995)),
			stat("Error budget left, 30 days", "percentunit", "How much of the 0.05 % that may fail is left. At 0 the promise is broken.",
				`1 - (sum(increase(qrgen_redirects_total{outcome="unavailable"}[30d])) / (sum(increase(qrgen_redirects_total[30d])) > 0)) / 0.0005`,
				worst(), step{0.1, "orange"}, good(0.5)),
			stat("99 % of scans are faster than", "s", "The time within which 99 of 100 scans of the last 5 minutes were answered. 10 ms is promised.",
				`histogram_quantile(0.99, sum by (le) (rate(qrgen_redirect_duration_seconds_bucket[5m])))`, warn(0.005), bad(0.01)),
			stat("Scans per second", "reqps", "Answers to scans, over the last 5 minutes.", `sum(rate(qrgen_redirects_total[5m]))`),
			stat("Unsent scans", "short", "Scans in the journal that are not in the database yet. A handful is normal.", `sum(qrgen_scans_journalled)`, warn(10000), bad(100000)),
			stat("Alerts", "short", "Alerts that fire now, the dead man's switch aside.",
				`count(ALERTS{alertstate="firing", severity!="none"}) or vector(0)`, bad(1)),
			stat("Instances", "short", "Replicas of the application that answer Prometheus.", `sum(up{job="qrgen"})`, worst(), good(1)),
			stat("Database", "short", "Whether every replica reaches the database.", `min(qrgen_db_up)`, worst(), good(1)).
				named(map[string]string{"0": "away", "1": "answers"}),
			stat("Last good backup", "s", "How long ago the last backup was made that was restored and found to be whole.",
				`time() - max(qrgen_backup_last_success_timestamp_seconds > 0)`, warn(93600), bad(180000)),
			stat("Certificate", "s", "Time until the first of the edge's certificates ends.", `min(traefik_tls_certs_not_after) - time()`,
				worst(), step{259200, "orange"}, good(1209600)),
			stat("Codes in use", "short", "Codes that are active now, of every kind.", `max(sum by (instance) (qrgen_codes{state="active"}))`),
			stat("Scans of 24 hours", "short", "Scans that were received in the last 24 hours.", `sum(increase(qrgen_scans_received_total[24h]))`),

			row("The promise"),
			graph("Budget burnt: failing scans", "short", "How many times faster than allowed the error budget is used up. 1 would use it up in exactly 30 days; 14.4 in two, which pages somebody.",
				q(`qrgen:redirect_errors:ratio_rate1h / 0.0005`, "1 hour"), q(`qrgen:redirect_errors:ratio_rate6h / 0.0005`, "6 hours"),
				q(`qrgen:redirect_errors:ratio_rate3d / 0.0005`, "3 days")).limits(warn(1), step{6.0, "red"}, step{14.4, "purple"}),
			graph("Budget burnt: slow scans", "short", "The same for scans that took more than 10 ms, of which 1 % may.",
				q(`qrgen:redirect_slow:ratio_rate1h / 0.01`, "1 hour"), q(`qrgen:redirect_slow:ratio_rate6h / 0.01`, "6 hours"),
				q(`qrgen:redirect_slow:ratio_rate3d / 0.01`, "3 days")).limits(warn(1), step{6.0, "red"}, step{14.4, "purple"}),
			graph("Time to answer a scan", "s", "Inside the application, without network and TLS.",
				q(`histogram_quantile(0.5, sum by (le) (rate(qrgen_redirect_duration_seconds_bucket{instance=~"$instance"}[$__rate_interval])))`, "half"),
				q(`histogram_quantile(0.99, sum by (le) (rate(qrgen_redirect_duration_seconds_bucket{instance=~"$instance"}[$__rate_interval])))`, "99 %")).
				limits(bad(0.01)),
			graph("Scans by outcome", "reqps", "What scans meet. Unavailable is the only one that breaks the promise.",
				q(`sum by (outcome) (rate(qrgen_redirects_total{instance=~"$instance"}[$__rate_interval]))`, "{{outcome}}")).stacked(),
			graph("Scans' account", "short", "Received = stored + journalled + refused, at every moment. Refused must stay at 0.",
				q(`sum(qrgen_scans_received_total{instance=~"$instance"})`, "received"), q(`sum(qrgen_scans_stored_total{instance=~"$instance"})`, "stored"),
				q(`sum(qrgen_scans_journalled{instance=~"$instance"})`, "journalled"), q(`sum(qrgen_scans_refused_total{instance=~"$instance"})`, "refused")),
			graph("Answers of the edge, by status", "reqps", "What clients were answered under /r/, seen from outside the application: a 502 or 504 here is a scan the application never saw.",
				q(`sum by (code) (rate(traefik_service_requests_total{service="public@file"}[$__rate_interval]))`, "{{code}}")).stacked(),

			row("What is looked at"),
			table("Alerts that fire", "short", "The dead man's switch always fires: it proves that alerts arrive.", `ALERTS{alertstate="firing"}`),
			table("Targets", "bool_yes_no", "Whether each program answers Prometheus.", `up`),
			table("Versions", "short", "What runs where.", `qrgen_build_info`),
			graph("Replicas that answer", "short", "Replicas of the application over time.", q(`sum(up{job="qrgen"})`, "answer"), q(`count(up{job="qrgen"})`, "known")).size(12, 8),
		},
	}
}
