"""Delivers MAS to a Kubernetes cluster: looks before it switches, watches after, and puts back by itself.

The web role stands in two slots, blue and green (`k8s/slots`). The Service `mas` carries the traffic to one of them;
the Service `mas-next` shows the other one to the checks. What is known to be well is written on `mas` itself, in the
same place that moves the traffic, so that whoever comes after a kill knows what to go back to.
"""
