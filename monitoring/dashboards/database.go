package main

// database is PostgreSQL from the program's side and from its own, and the
// backups.
func database() dashboard {
	return dashboard{
		file: "database", title: "6 Database", about: "PostgreSQL as the program sees it and as it sees itself; replication; backups.",
		variables: []object{instances()},
		panels: []panel{
			row("As the program sees it"),
			stat("Database", "short", "Whether every replica of the program reaches it.", `min(qrgen_db_up{instance=~"$instance"})`, worst(), good(1)).named(map[string]string{"0": "away", "1": "answers"}),
			stat("Schema", "short", "Whether it has this program's schema.", `min(qrgen_db_schema_current{instance=~"$instance"})`, worst(), good(1)).named(map[string]string{"0": "behind", "1": "current"}),
			stat("Connections in use", "percentunit", "Of those that the program may have.",
				`max(qrgen_db_pool_connections{instance=~"$instance", state="in_use"} / on (instance) qrgen_db_pool_connections_max)`, warn(0.7), bad(0.95)),
			stat("Size", "bytes", "Of the largest database.", `max(pg_database_size_bytes)`),
			stat("Cache hits", "percentunit", "Share of blocks that were in PostgreSQL's own memory, over an hour.",
				`sum(rate(pg_stat_database_blks_hit[1h])) / (sum(rate(pg_stat_database_blks_hit[1h])) + sum(rate(pg_stat_database_blks_read[1h])))`, worst(), step{0.9, "orange"}, good(0.98)),
			stat("Longest transaction", "s", "Of those that run now. A long one keeps old rows alive.", `max(pg_stat_activity_max_tx_duration)`, warn(300), bad(3600)),
			graph("Connections of the program", "short", "Waiting for one is the first sign of trouble.",
				q(`sum by (state) (qrgen_db_pool_connections{instance=~"$instance"})`, "{{state}}"), q(`sum(qrgen_db_pool_connections_max{instance=~"$instance"})`, "most")),
			graph("Waits for a connection", "cps", "Queries that found no free connection.", q(`sum by (instance) (rate(qrgen_db_pool_waits_total{instance=~"$instance"}[$__rate_interval]))`, "{{instance}}")),
			graph("Time spent waiting", "s", "For a free connection, per second.", q(`sum by (instance) (rate(qrgen_db_pool_wait_seconds_total{instance=~"$instance"}[$__rate_interval]))`, "{{instance}}")),
			graph("Queries", "cps", "The ten most frequent, by their names in queries/; “other” is begin, commit and COPY's.",
				q(`topk(10, sum by (query) (rate(qrgen_db_query_duration_seconds_count{instance=~"$instance"}[$__rate_interval])))`, "{{query}}")),
			graph("Time of queries", "s", "The ten slowest: within this, 95 of 100 were done.",
				q(`topk(10, histogram_quantile(0.95, sum by (le, query) (rate(qrgen_db_query_duration_seconds_bucket{instance=~"$instance"}[$__rate_interval]))))`, "{{query}}")).limits(warn(1)),
			graph("Work of queries", "s", "Seconds per second by query: where an index would pay.",
				q(`topk(10, sum by (query) (rate(qrgen_db_query_duration_seconds_sum{instance=~"$instance"}[$__rate_interval])))`, "{{query}}")),

			row("As PostgreSQL sees it"),
			graph("Connections", "short", "Of all clients, and the most there may be.",
				q(`sum by (state) (pg_stat_activity_count)`, "{{state}}"), q(`max(pg_settings_max_connections)`, "most")),
			graph("Transactions", "cps", "Committed and rolled back.", q(`sum(rate(pg_stat_database_xact_commit[$__rate_interval]))`, "committed"), q(`sum(rate(pg_stat_database_xact_rollback[$__rate_interval]))`, "rolled back")),
			graph("Rows", "cps", "Written and read.", q(`sum(rate(pg_stat_database_tup_inserted[$__rate_interval]))`, "inserted"), q(`sum(rate(pg_stat_database_tup_updated[$__rate_interval]))`, "updated"),
				q(`sum(rate(pg_stat_database_tup_deleted[$__rate_interval]))`, "deleted"), q(`sum(rate(pg_stat_database_tup_fetched[$__rate_interval]))`, "fetched")),
			graph("Size of databases", "bytes", "Tables, indexes and all; the templates aside.", q(`pg_database_size_bytes{datname!~"template.*"}`, "{{datname}}")),
			graph("Write-ahead log", "bytes", "On disk. It grows when an archive or a standby does not take it.", q(`sum(pg_wal_size_bytes)`, "log")),
			graph("Locks", "short", "Held now, by mode.", q(`sum by (mode) (pg_locks_count)`, "{{mode}}")),
			graph("Deadlocks and conflicts", "short", "Per 5 minutes. Both should be 0.", q(`sum(increase(pg_stat_database_deadlocks[5m]))`, "deadlocks"), q(`sum(increase(pg_stat_database_conflicts[5m]))`, "conflicts")),
			graph("Temporary files", "Bps", "What did not fit in memory while sorting.", q(`sum(rate(pg_stat_database_temp_bytes[$__rate_interval]))`, "written")),
			graph("Lag of standbys", "s", "How far a standby is behind; 0 on a primary.", q(`pg_replication_lag_seconds`, "{{instance}}")).limits(warn(30), bad(300)),

			row("Backups"),
			stat("Last good backup", "s", "How long ago the last one was made that was restored and found to be whole.", `time() - max(qrgen_backup_last_success_timestamp_seconds > 0)`, warn(93600), bad(180000)).size(6, 4),
			stat("Last attempt", "short", "What came of it.", `max(qrgen_backup_failing)`, bad(1)).named(map[string]string{"0": "worked", "1": "failed"}).size(6, 4),
			stat("Size of the last one", "bytes", "One that is suddenly smaller deserves a look.", `max(qrgen_backup_last_success_bytes)`).size(6, 4),
			stat("Time it took", "s", "To make it and to restore it for the check.", `max(qrgen_backup_last_success_duration_seconds)`).size(6, 4),
			graph("Age of the last good backup", "s", "A saw: it falls to 0 with each backup.", q(`time() - max(qrgen_backup_last_success_timestamp_seconds > 0)`, "age")).limits(warn(93600), bad(180000)).size(12, 8),
			graph("Size of backups", "bytes", "It grows with the data.", q(`max(qrgen_backup_last_success_bytes)`, "size")).size(12, 8),
		},
	}
}
