{{/* The environment of each process: the keys that it reads, and no others. */}}

{{- define "acs.secretKey" -}}
- name: {{ .key }}
  valueFrom:
    secretKeyRef:
      name: {{ .ref.name | quote }}
      key: {{ .ref.key | quote }}
{{- end -}}

{{- define "acs.environment.all" -}}
- name: NODE_ENV
  value: production
- name: LOG_LEVEL
  value: {{ .Values.logLevel | quote }}
{{- with .Values.tracesEndpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- end -}}

{{/* Prometheus and the kubelet reach a pod by its address; a port alone would listen on loopback. */}}
{{- define "acs.environment.metrics" -}}
- name: METRICS_PORT
  value: {{ ternary "[::]:9464" "0.0.0.0:9464" (eq .Values.listenAddress "::") | quote }}
{{- end -}}

{{- define "acs.environment.providers" -}}
{{- with .Values.secrets.emailProviders }}
{{- if .name }}
{{ include "acs.secretKey" (dict "key" "EMAIL_PROVIDERS" "ref" .) }}
{{- end }}
{{- end }}
{{- with .Values.secrets.smsProviders }}
{{- if .name }}
{{ include "acs.secretKey" (dict "key" "SMS_PROVIDERS" "ref" .) }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "acs.publicUrl" -}}
{{- if .Values.publicUrl -}}
{{- .Values.publicUrl -}}
{{- else if .Values.ingress.enabled -}}
https://{{ .Values.ingress.host }}
{{- end -}}
{{- end -}}

{{- define "acs.environment.api" -}}
{{ include "acs.environment.all" . }}
{{ include "acs.environment.metrics" . }}
- name: HOST
  value: {{ .Values.listenAddress | quote }}
- name: PORT
  value: "3000"
{{- with include "acs.publicUrl" . }}
- name: PUBLIC_URL
  value: {{ . | quote }}
{{- end }}
- name: WEB_CONCURRENCY
  value: {{ .Values.api.webConcurrency | int | quote }}
- name: DATABASE_POOL_SIZE
  value: {{ .Values.api.databasePoolSize | int | quote }}
{{- with .Values.trustedProxies }}
- name: TRUSTED_PROXIES
  value: {{ join "," . | quote }}
{{- end }}
{{- with .Values.ceilings }}
- name: CEILINGS
  value: {{ toJson . | quote }}
{{- end }}
{{ include "acs.secretKey" (dict "key" "DATABASE_URL" "ref" .Values.secrets.apiDatabaseUrl) }}
{{ include "acs.secretKey" (dict "key" "SECRET_KEYS" "ref" .Values.secrets.secretKeys) }}
{{- if .Values.issuers }}
- name: AUTH_ISSUERS
  value: {{ toJson .Values.issuers | quote }}
{{- else }}
{{ include "acs.secretKey" (dict "key" "AUTH_ISSUERS" "ref" .Values.secrets.issuers) }}
{{- end }}
{{- if .Values.receipts }}
{{- include "acs.environment.providers" . }}
{{- end }}
{{- end -}}

{{- define "acs.environment.worker" -}}
{{ include "acs.environment.all" . }}
{{ include "acs.environment.metrics" . }}
- name: WORKER_CONCURRENCY
  value: {{ .Values.worker.concurrency | int | quote }}
- name: DATABASE_POOL_SIZE
  value: {{ .Values.worker.databasePoolSize | int | quote }}
{{ include "acs.secretKey" (dict "key" "DATABASE_URL" "ref" .Values.secrets.workerDatabaseUrl) }}
{{ include "acs.secretKey" (dict "key" "SECRET_KEYS" "ref" .Values.secrets.secretKeys) }}
{{- with .Values.secrets.redisUrl }}
{{- if .name }}
{{ include "acs.secretKey" (dict "key" "REDIS_URL" "ref" .) }}
{{- end }}
{{- end }}
{{- include "acs.environment.providers" . }}
{{- end -}}

{{- define "acs.environment.migration" -}}
{{ include "acs.environment.all" . }}
{{ include "acs.secretKey" (dict "key" "MIGRATION_DATABASE_URL" "ref" .Values.secrets.migrationDatabaseUrl) }}
{{- end -}}
