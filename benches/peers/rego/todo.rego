# The to-do lists in Rego. `data` holds entities by type and name with `within` (the entity and all above it, an object), and the
# live rows of the grant by list: data.guest_link[list][who].
package todo

import rego.v1

default allow := false

allow if {
	permitted
	not denied
}

user := data.User[input.principal]

task := data.Task[input.resource]

name := input.resource if data.List[input.resource]

name := task.list

list := data.List[name]

looks if input.action in {"get_list", "get_task"}

edits if input.action in {"update_list", "create_task", "update_task", "complete_task", "delete_task"}

modifies if edits

modifies if input.action == "share_list"

owner if list.owner == input.principal

assigned if task.assignee == input.principal

permitted if input.action in {"create_list", "list_lists"}

permitted if owner

permitted if {
	looks
	some who in list.readers
	user.within[who]
}

permitted if {
	looks
	some who in list.editors
	user.within[who]
}

permitted if {
	edits
	some who in list.editors
	user.within[who]
}

permitted if {
	input.action in {"get_task", "complete_task"}
	assigned
}

permitted if {
	looks
	some who, _ in data.guest_link[name]
	user.within[who]
}

denied if {
	input.action in {"create_list", "delete_list", "share_list"}
	user.kind == "intern"
}

denied if {
	input.action == "share_list"
	target := input.context.target
	target.type == "User"
	data.User[concat("", ["User::\"", target.id, "\""])].kind == "guest"
	not list.open_to_guests
}

denied if {
	modifies
	list.archived
}

denied if {
	private
	not owner
	not assigned
}

private if {
	some tag in task.tags
	tag == "private"
}

private if {
	some tag in task.tags
	startswith(tag, "private/")
}
