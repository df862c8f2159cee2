{{/* What the pods of all processes have in common. Each takes a dict of root, component and settings. */}}

{{- define "acs.pod.metadata" -}}
labels:
  {{- include "acs.labels" . | nindent 2 }}
  {{- with .root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .root.Values.podAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* 30 s of grace: a process ends within 25 s of SIGTERM. */}}
{{- define "acs.pod.settings" -}}
serviceAccountName: {{ include "acs.fullname" .root }}-{{ .component }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: 30
securityContext:
  runAsNonRoot: true
  {{- with .root.Values.runAsUser }}
  runAsUser: {{ . | int }}
  runAsGroup: {{ . | int }}
  fsGroup: {{ . | int }}
  {{- end }}
  seccompProfile: { type: RuntimeDefault }
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- /* 288 is 0440: for the group of fsGroup, which is the process's. */}}
{{- with .settings.mounts }}
volumes:
  {{- range $index, $mount := . }}
  - name: mount-{{ $index }}
    {{- if $mount.secret }}
    secret: { secretName: {{ $mount.secret | quote }}, defaultMode: 288 }
    {{- else }}
    configMap: { name: {{ $mount.configMap | quote }}, defaultMode: 288 }
    {{- end }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* Over nodes and zones, the pods of one version by themselves. */}}
{{- define "acs.pod.spread" -}}
topologySpreadConstraints:
  {{- range $key, $otherwise := dict "kubernetes.io/hostname" .root.Values.topologySpread.hosts "topology.kubernetes.io/zone" .root.Values.topologySpread.zones }}
  - topologyKey: {{ $key }}
    maxSkew: 1
    whenUnsatisfiable: {{ $otherwise }}
    labelSelector:
      matchLabels:
        {{- include "acs.selector" $ | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- end -}}

{{/* The image writes nowhere, and needs nothing of its host. */}}
{{- define "acs.container.settings" -}}
{{- $image := .root.Values.image -}}
{{- if $image.digest -}}
image: {{ printf "%s@%s" $image.repository $image.digest | quote }}
{{- else -}}
image: {{ printf "%s:%s" $image.repository (default .root.Chart.AppVersion $image.tag) | quote }}
{{- end }}
imagePullPolicy: {{ $image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
resources:
  {{- toYaml .settings.resources | nindent 2 }}
{{- with .settings.mounts }}
volumeMounts:
  {{- range $index, $mount := . }}
  - name: mount-{{ $index }}
    mountPath: {{ $mount.path | quote }}
    readOnly: true
  {{- end }}
{{- end }}
{{- end -}}

{{/* A minute to start. Readiness waits for a database that does not answer; liveness does not depend on it. */}}
{{- define "acs.container.probes" -}}
startupProbe:
  httpGet: { path: /health/live, port: {{ .port }} }
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 30
livenessProbe:
  httpGet: { path: /health/live, port: {{ .port }} }
  periodSeconds: 10
  timeoutSeconds: 3
  failureThreshold: 3
readinessProbe:
  httpGet: { path: /health/ready, port: {{ .port }} }
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
{{- end -}}
