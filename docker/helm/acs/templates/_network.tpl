{{/* One rule of egress: where to, by which ports. No peers: anywhere. DNS alone uses UDP too. */}}
{{- define "acs.egress" -}}
{{- range $name := .names }}
{{- $rule := index $.root.Values.networkPolicy.egress $name }}
- ports:
    {{- range $rule.ports }}
    - { port: {{ . | int }}, protocol: TCP }
    {{- if eq $name "dns" }}
    - { port: {{ . | int }}, protocol: UDP }
    {{- end }}
    {{- end }}
  {{- with $rule.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* One rule of ingress, to a port. No peers: from anywhere. */}}
{{- define "acs.ingress" -}}
- ports: [{ port: {{ .port }}, protocol: TCP }]
  {{- with .from }}
  from:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
