"""Deliver MAS to a Kubernetes cluster: check before the switch, watch after it, and roll back automatically.

The web role has two slots, blue and green (`k8s/slots`). The Service `mas` sends the traffic to one of them. The
Service `mas-next` exposes the other one to the checks. Annotations on `mas` record which slot is healthy. They are on
the same object that moves the traffic, so after a kill the next command knows what to restore.
"""
