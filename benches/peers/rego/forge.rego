# The forge in Rego. `data` holds entities by type and name with `within` (the entity and all above it, an object) and `above` (the
# same as an array), the highest role that live rows give, data.role[what][who], and data.deploy_key[what][branch][who].
package forge

import rego.v1

default allow := false

allow if {
	permitted
	not denied
}

# The least role that includes an action.
roles := {
	"pull": 0, "fork": 0, "open_issue": 0, "view": 0, "comment": 0,
	"label": 1, "assign": 1, "close": 1,
	"push": 2, "edit_issue": 2,
	"set_topics": 3, "protect": 3,
	"add_collaborator": 4, "transfer": 4, "delete": 4, "delete_issue": 4,
}

bases := {"nothing": 0, "read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}

changes := {
	"open_issue", "push", "set_topics", "protect", "add_collaborator", "comment", "label", "assign", "close",
	"edit_issue", "delete_issue",
}

user := data.User[input.principal]

issue := data.Issue[input.resource]

repository := data.Repository[input.resource]

repository := data.Repository[issue.repository]

organisation := data.Organisation[repository.organisation]

role := roles[input.action]

owner if user.within[organisation.owners]

member if user.within[organisation.members]

holds(least) if {
	some what in repository.above
	some who, held in data.role[what]
	held >= least
	user.within[who]
}

permitted if {
	role == 0
	repository.visibility == "public"
}

permitted if {
	role == 0
	repository.visibility == "internal"
	member
}

permitted if {
	role == 0
	bases[organisation.base] >= 1
	member
}

permitted if {
	role <= 2
	bases[organisation.base] >= 3
	member
}

permitted if owner

permitted if {
	input.action in {"comment", "edit_issue", "close"}
	issue.author == input.principal
}

permitted if {
	input.action in {"comment", "label", "close"}
	input.principal in issue.assignees
}

permitted if holds(role)

permitted if {
	input.action == "push"
	not input.context.forced
	data.deploy_key[input.resource][input.context.branch][input.principal]
}

denied if user.suspended

denied if {
	repository.archived
	input.action in changes
}

denied if {
	input.action == "comment"
	issue.locked
	not owner
	not holds(1)
}

denied if {
	input.action == "push"
	guarded
	not owner
	not holds(3)
}

denied if {
	input.action == "push"
	input.context.forced
	not owner
	not holds(4)
}

denied if {
	input.action in {"add_collaborator", "transfer", "delete"}
	not input.context.mfa
}

guarded if input.context.branch in repository.protected

guarded if startswith(input.context.branch, "release/")
