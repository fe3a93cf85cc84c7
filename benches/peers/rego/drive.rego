# The drive in Rego. `data` holds entities by type and name with `within` (the entity and all above it, an object) and `above` (the
# same as an array), and the live rows of each grant by what they are about: data.viewer[what][who].
package drive

import rego.v1

default allow := false

allow if {
	permitted
	not denied
}

user := data.User[input.principal]

document := data.Document[input.resource]

target := data.Document[input.resource]

target := data.Folder[input.resource]

looks if input.action in {"read", "comment"}

permitted if document.owner == input.principal

permitted if {
	looks
	document.level == "public"
}

permitted if {
	looks
	some viewer in document.viewers
	user.within[viewer]
}

permitted if {
	looks
	some folder in document.above
	data.Folder[folder].owner == input.principal
}

permitted if {
	looks
	some what in target.above
	some who, _ in data.viewer[what]
	user.within[who]
}

permitted if {
	input.action == "read"
	input.context.mfa
	user.within["Group::\"support\""]
	data.now - document.created < 7776000000
}

denied if user.suspended

denied if {
	document.level == "secret"
	not inside
}

denied if {
	some what in target.above
	some who, _ in data.blocked[what]
	user.within[who]
}

inside if {
	input.context.device.managed
	some network in ["10.0.0.0/8", "2001:db8::/32"]
	net.cidr_contains(network, input.context.ip)
}
