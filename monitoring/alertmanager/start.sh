#!/bin/sh
# start.sh  writes the alert manager's configuration from the environment and
# becomes the alert manager. It runs in the alert manager's own image, so it is
# plain sh with busybox.
#
# Receivers are left out where their variables are empty:
#
#   ALERT_WEBHOOK_URL    every alert as JSON, to whatever takes a webhook
#   ALERT_EMAIL_TO       addresses, separated by commas; with ALERT_EMAIL_FROM,
#                        ALERT_SMTP_HOST (host:port), ALERT_SMTP_USER and
#                        ALERT_SMTP_PASSWORD
#   ALERT_DEADMAN_URL    called every minute while all is well: a service outside
#                        that raises the alarm when the calls stop
set -eu
umask 077

: "${ALERT_WEBHOOK_URL:=}" "${ALERT_EMAIL_TO:=}" "${ALERT_EMAIL_FROM:=}" "${ALERT_DEADMAN_URL:=}"
: "${ALERT_SMTP_HOST:=}" "${ALERT_SMTP_USER:=}" "${ALERT_SMTP_PASSWORD:=}" "${ALERT_SMTP_TLS:=true}"
: "${ALERTMANAGER_BIN:=/bin/alertmanager}" "${ALERTMANAGER_STATE:=/alertmanager}" "${ALERTMANAGER_LISTEN:=:9093}"

problems=''
problem() {
	problems="$problems
  $*"
}
url() {
	case $2 in
	'' | http://?* | https://?*) ;;
	*) problem "$1 is \"$2\": use an address such as https://chat.example.edu/hooks/123" ;;
	esac
}
url ALERT_WEBHOOK_URL "$ALERT_WEBHOOK_URL"
url ALERT_DEADMAN_URL "$ALERT_DEADMAN_URL"
if [ -n "$ALERT_EMAIL_TO" ]; then
	case $ALERT_SMTP_HOST in
	?*:[0-9]*) ;;
	*) problem "ALERT_SMTP_HOST is \"$ALERT_SMTP_HOST\": use host:port, such as mail.example.edu:587" ;;
	esac
	if [ -z "$ALERT_EMAIL_FROM" ]; then problem "ALERT_EMAIL_FROM is not set: mail needs a sender"; fi
fi
if [ -n "$problems" ]; then
	printf 'alertmanager: the settings have problems:%s\n' "$problems" >&2
	exit 1
fi
if [ -z "$ALERT_WEBHOOK_URL$ALERT_EMAIL_TO" ]; then
	echo 'alertmanager: neither ALERT_WEBHOOK_URL nor ALERT_EMAIL_TO is set: alerts are shown in Grafana and told to nobody' >&2
fi

# A value between single quotes, as YAML takes it literally.
quoted() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/''/g")"; }

config=$ALERTMANAGER_STATE/alertmanager.yml
mkdir -p "$ALERTMANAGER_STATE"
{
	cat <<'END'
route:
  receiver: staff
  group_by: [alertname, instance]
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 12h
  routes:
    # Proves that alerts arrive.
    - matchers: ['severity="none"']
      receiver: deadman
      group_wait: 0s
      group_interval: 1m
      repeat_interval: 1m
    # Scanners notice, or will soon.
    - matchers: ['severity="critical"']
      receiver: staff
      group_wait: 5s
      group_interval: 1m
      repeat_interval: 1h

# One cause, one message.
inhibit_rules:
  - source_matchers: ['alertname=~"QrgenDown|QrgenAbsent"']
    target_matchers: ['alertname=~"Edge.*|Pages.*|TargetDown"']
  - source_matchers: ['alertname="DatabaseDown"']
    target_matchers: ['alertname=~"PostgresExporterSeesNoDatabase|Directory.*|Journal(Old|Growing)|Pages.*|ErrorsLogged|TargetDown"']
  - source_matchers: ['severity="critical"']
    target_matchers: ['severity="warning"']
    equal: [alertname, instance]

receivers:
  - name: staff
END
	if [ -n "$ALERT_WEBHOOK_URL" ]; then
		printf '    webhook_configs:\n      - url: %s\n        send_resolved: true\n' "$(quoted "$ALERT_WEBHOOK_URL")"
	fi
	if [ -n "$ALERT_EMAIL_TO" ]; then
		printf '    email_configs:\n      - to: %s\n        from: %s\n        smarthost: %s\n        require_tls: %s\n        send_resolved: true\n' \
			"$(quoted "$ALERT_EMAIL_TO")" "$(quoted "$ALERT_EMAIL_FROM")" "$(quoted "$ALERT_SMTP_HOST")" "$ALERT_SMTP_TLS"
		if [ -n "$ALERT_SMTP_USER" ]; then
			printf '        auth_username: %s\n        auth_password: %s\n' "$(quoted "$ALERT_SMTP_USER")" "$(quoted "$ALERT_SMTP_PASSWORD")"
		fi
		cat <<'END'
        headers:
          Subject: '[{{ .Status }}] {{ .CommonAnnotations.summary }}'
        html: ''
        text: |
          {{ range .Alerts }}{{ .Labels.severity }}: {{ .Annotations.summary }}
          {{ .Annotations.description }}
          What to do: {{ .Annotations.runbook }}
          {{ .Status }} since {{ .StartsAt }}

          {{ end }}
END
	fi
	printf '  - name: deadman\n'
	if [ -n "$ALERT_DEADMAN_URL" ]; then
		printf '    webhook_configs:\n      - url: %s\n        send_resolved: false\n' "$(quoted "$ALERT_DEADMAN_URL")"
	fi
} >"$config"
unset ALERT_SMTP_PASSWORD # it is in the file by now

# One on this host: no cluster.
exec "$ALERTMANAGER_BIN" --config.file="$config" --storage.path="$ALERTMANAGER_STATE" \
	--web.listen-address="$ALERTMANAGER_LISTEN" --cluster.listen-address= --data.retention=120h
