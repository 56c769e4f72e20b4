{{/* Labels that never change: what Deployments and Services select. Arguments: list of root context and service name. */}}
{{- define "kai.selector" -}}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
{{- end }}

{{- define "kai.labels" -}}
{{ include "kai.selector" . }}
app.kubernetes.io/part-of: {{ (index . 0).Chart.Name }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ (index . 0).Chart.Name }}-{{ (index . 0).Chart.Version }}
{{- end }}
