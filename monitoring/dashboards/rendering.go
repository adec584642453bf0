package main

// rendering is the making of symbols and files, each of which is read back
// before it leaves.
func rendering() dashboard {
	return dashboard{
		file: "rendering", title: "4 Rendering and downloads", about: "Drawing symbols, reading them back, and handing them out.",
		variables: []object{instances()},
		panels: []panel{
			row("The gate"),
			stat("Files that did not pass, 24 hours", "short", "Refused because they would not scan or can't be drawn as asked: people saw the reason.",
				`sum(increase(qrgen_render_duration_seconds_count{instance=~"$instance", result="refused"}[24h]))`),
			stat("Failed, 24 hours", "short", "Not drawn because of an error of ours. Must be 0.",
				`sum(increase(qrgen_render_duration_seconds_count{instance=~"$instance", result="failed"}[24h]))`, bad(1)),
			stat("Share that passes", "percentunit", "Of the files of 24 hours, those that read back as they should.",
				`sum(increase(qrgen_render_duration_seconds_count{instance=~"$instance", result="ok"}[24h])) / (sum(increase(qrgen_render_duration_seconds_count{instance=~"$instance"}[24h])) > 0)`,
				worst(), step{0.5, "orange"}, good(0.9)),
			stat("Files drawn, 24 hours", "short", "Previews, pictures on pages and downloads together.", `sum(increase(qrgen_render_duration_seconds_count{instance=~"$instance"}[24h]))`),
			stat("Downloads, 24 hours", "short", "Files taken away to be printed.", `sum(increase(qrgen_code_events_total{instance=~"$instance", action="downloaded"}[24h]))`),
			stat("95 % are drawn within", "s", "Drawing and reading back together, over an hour.",
				`histogram_quantile(0.95, sum by (le) (rate(qrgen_render_duration_seconds_bucket{instance=~"$instance"}[1h])))`, warn(0.25), bad(1)),
			graph("Files by format", "cps", "Drawn and read back.", q(`sum by (format) (rate(qrgen_render_duration_seconds_count{instance=~"$instance"}[$__rate_interval]))`, "{{format}}")).stacked(),
			graph("Files by result", "cps", "Refused: would not scan, or can't be drawn like that. Failed: our own error.",
				q(`sum by (result) (rate(qrgen_render_duration_seconds_count{instance=~"$instance"}[$__rate_interval]))`, "{{result}}")).stacked(),
			graph("Time to draw, by format", "s", "The time within which 95 of 100 files were drawn and read back.",
				q(`histogram_quantile(0.95, sum by (le, format) (rate(qrgen_render_duration_seconds_bucket{instance=~"$instance"}[$__rate_interval])))`, "{{format}}")).limits(warn(0.25), bad(1)),
			heat("Spread of the time to draw", "s", "How many files fell between which times.",
				`sum by (le) (rate(qrgen_render_duration_seconds_bucket{instance=~"$instance"}[$__rate_interval]))`),

			row("Handing out"),
			graph("Requests for files", "reqps", "By route and class of status.",
				q(`sum by (route, status) (rate(qrgen_http_request_duration_seconds_count{instance=~"$instance", group="files"}[$__rate_interval]))`, "{{route}} {{status}}")),
			graph("Time to hand out", "s", "The time within which 95 of 100 files were handed out, by route.",
				q(`histogram_quantile(0.95, sum by (le, route) (rate(qrgen_http_request_duration_seconds_bucket{instance=~"$instance", group="files"}[$__rate_interval])))`, "{{route}}")).limits(warn(1)),
			graph("Work on drawing", "percentunit", "Processors busy with drawing and reading back, per instance.",
				q(`sum by (instance) (rate(qrgen_render_duration_seconds_sum{instance=~"$instance"}[$__rate_interval]))`, "{{instance}}")),
		},
	}
}
