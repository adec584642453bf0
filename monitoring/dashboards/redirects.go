package main

import "slices"

// redirects is the public side: scans, from the answer to the database.
func redirects() dashboard {
	return dashboard{
		file: "redirects", title: "2 Redirects and scans", about: "From the scan to its row: answers, journal, directory.",
		variables: []object{instances()},
		panels:    slices.Concat(answers(), journal(), directory()),
	}
}

func answers() []panel {
	return []panel{
		row("Answers"),
		graph("Scans by outcome", "reqps", "What scans meet; fallback is any state whose fallback URL led on.",
			q(`sum by (outcome) (rate(qrgen_redirects_total{instance=~"$instance"}[$__rate_interval]))`, "{{outcome}}")).stacked(),
		graph("Time to answer", "s", "By share of scans; inside the application.",
			q(`histogram_quantile(0.5, sum by (le) (rate(qrgen_redirect_duration_seconds_bucket{instance=~"$instance"}[$__rate_interval])))`, "50 %"),
			q(`histogram_quantile(0.9, sum by (le) (rate(qrgen_redirect_duration_seconds_bucket{instance=~"$instance"}[$__rate_interval])))`, "90 %"),
			q(`histogram_quantile(0.99, sum by (le) (rate(qrgen_redirect_duration_seconds_bucket{instance=~"$instance"}[$__rate_interval])))`, "99 %"),
			q(`histogram_quantile(0.999, sum by (le) (rate(qrgen_redirect_duration_seconds_bucket{instance=~"$instance"}[$__rate_interval])))`, "99.9 %")).limits(bad(0.01)),
		heat("Spread of the time to answer", "s", "How many scans fell between which times. A second band says that something happens to some of them.",
			`sum by (le) (rate(qrgen_redirect_duration_seconds_bucket{instance=~"$instance"}[$__rate_interval]))`),
		graph("Scans that led nowhere", "reqps", "Unknown short IDs are typing errors or somebody trying; throttled ones are clients that kept missing.",
			q(`sum(rate(qrgen_redirects_total{instance=~"$instance", outcome=~"unknown|throttled"}[$__rate_interval])) by (outcome)`, "{{outcome}}")),
		graph("Scans of codes that are not in use", "reqps", "Paused, not started, expired or retired codes that people still scan: somebody may want to give them a fallback.",
			q(`sum by (outcome) (rate(qrgen_redirects_total{instance=~"$instance", outcome=~"paused|scheduled|expired|retired"}[$__rate_interval]))`, "{{outcome}}")),
		graph("Scans per hour", "short", "Scans received, hour by hour.", q(`sum(increase(qrgen_scans_received_total{instance=~"$instance"}[1h]))`, "scans")),
	}
}

func journal() []panel {
	return []panel{
		row("Journal and account"),
		graph("Scans received and stored", "cps", "The two lines lie on each other; a gap is what the journal holds.",
			q(`sum(rate(qrgen_scans_received_total{instance=~"$instance"}[$__rate_interval]))`, "received"),
			q(`sum(rate(qrgen_scans_stored_total{instance=~"$instance"}[$__rate_interval]))`, "stored")),
		graph("Unsent scans", "short", "Scans that are in the journal and not yet in the database.", q(`qrgen_scans_journalled{instance=~"$instance"}`, "{{instance}}")).limits(warn(10000)),
		graph("Age of the oldest unsent scan", "s", "Under a second in health. It grows while the database is away.",
			q(`qrgen_journal_oldest_scan_age_seconds{instance=~"$instance"}`, "{{instance}}")).limits(warn(60), bad(900)),
		graph("Journal, share of its room", "percentunit", "At 100 % scans are refused; those who scan are redirected all the same.",
			q(`qrgen_journal_bytes{instance=~"$instance"} / qrgen_journal_max_bytes{instance=~"$instance"}`, "{{instance}}")).share().limits(warn(0.5), bad(0.8)),
		graph("Refused and torn scans", "short", "Refused: redirected and not recorded. Torn: cut off by a kill before they were answered.",
			q(`sum(increase(qrgen_scans_refused_total{instance=~"$instance"}[$__rate_interval]))`, "refused"),
			q(`sum(increase(qrgen_scans_torn_total{instance=~"$instance"}[$__rate_interval]))`, "torn"),
			q(`sum(increase(qrgen_scans_replayed_total{instance=~"$instance"}[$__rate_interval]))`, "found at a start")),
		graph("Segments", "short", "Files of the journal with unsent scans, and those set aside for a person.",
			q(`sum(qrgen_journal_segments{instance=~"$instance"})`, "unsent"), q(`sum(qrgen_journal_segments_set_aside{instance=~"$instance"})`, "set aside")),
		stat("Balance", "short", "Received less stored, journalled and refused. Anything but 0 is an error in the program.",
			`sum(qrgen_scans_received_total{instance=~"$instance"} - qrgen_scans_stored_total{instance=~"$instance"} - qrgen_scans_journalled{instance=~"$instance"} - qrgen_scans_refused_total{instance=~"$instance"})`,
			step{nil, "red"}, good(0), bad(1)),
		stat("Journal", "short", "Whether the journal takes scans.", `max(qrgen_journal_refusing{instance=~"$instance"})`, bad(1)).
			named(map[string]string{"0": "takes scans", "1": "refuses scans"}),
		stat("Storing", "short", "Whether scans can be stored in the database.", `max(qrgen_scans_store_failing{instance=~"$instance"})`, warn(1)).
			named(map[string]string{"0": "works", "1": "fails"}),
		stat("Syncs that failed", "short", "Times of the last 24 hours that the journal could not be forced to disk.",
			`sum(increase(qrgen_journal_sync_failures_total{instance=~"$instance"}[24h]))`, bad(1)),
	}
}

func directory() []panel {
	return []panel{
		row("Directory"),
		graph("Codes in memory", "short", "Every replica holds all of them, up to DIRECTORY_MAX.", q(`qrgen_directory_codes{instance=~"$instance"}`, "{{instance}}")),
		graph("Memory for codes", "bytes", "About 250 bytes a code.", q(`qrgen_directory_bytes{instance=~"$instance"}`, "{{instance}}")),
		graph("Behind the database by at most", "s", "Time since the codes in memory were last known to be what the database has.",
			q(`qrgen_directory_confirmed_age_seconds{instance=~"$instance"}`, "{{instance}}")).limits(warn(120)),
		graph("News from the database", "short", "Notifications of changes, and readings of them: at least one a minute.",
			q(`sum(increase(qrgen_directory_notifications_total{instance=~"$instance"}[5m]))`, "notifications in 5 min"),
			q(`sum(increase(qrgen_directory_reconciliations_total{instance=~"$instance"}[5m]))`, "readings in 5 min"),
			q(`sum(increase(qrgen_directory_failures_total{instance=~"$instance"}[5m]))`, "failures in 5 min")),
		graph("Codes that don't fit in memory", "short", "Dropped for lack of room, and looked up in the database for it. Raise DIRECTORY_MAX.",
			q(`sum(increase(qrgen_directory_evictions_total{instance=~"$instance"}[5m]))`, "dropped in 5 min"),
			q(`sum(increase(qrgen_directory_database_lookups_total{instance=~"$instance"}[5m]))`, "looked up in 5 min")),
		graph("State of the directory", "short", "1 is yes: every code held, notifications coming in, maybe behind.",
			q(`min(qrgen_directory_complete{instance=~"$instance"})`, "complete"), q(`min(qrgen_directory_listening{instance=~"$instance"})`, "listening"),
			q(`max(qrgen_directory_degraded{instance=~"$instance"})`, "maybe behind")),
		stat("Snapshot for a start without database", "s", "Age of the file that codes are loaded from when the database is away at a start.",
			`max(qrgen_directory_snapshot_age_seconds{instance=~"$instance"})`, warn(86400)).size(8, 4),
	}
}
