//! The types and actions of the company, in both languages.

/// Parts of the company: a module in Assize, a namespace in Cedar.
pub const AREAS: [&str; 33] = [
    "accounts",
    "analytics",
    "archive",
    "assets",
    "audits",
    "backups",
    "billing",
    "builds",
    "calendars",
    "campaigns",
    "catalog",
    "claims",
    "contracts",
    "deployments",
    "designs",
    "devices",
    "drives",
    "events",
    "finance",
    "forms",
    "hiring",
    "inventory",
    "invoices",
    "ledger",
    "machines",
    "mailing",
    "orders",
    "payroll",
    "pipelines",
    "reports",
    "support",
    "surveys",
    "travel",
];

/// What people work in.
pub const DEPARTMENTS: [&str; 8] =
    ["design", "engineering", "finance", "legal", "operations", "people", "sales", "support"];
/// Where spaces lie, and where people may work.
pub const REGIONS: [&str; 5] = ["africa", "america", "asia", "europe", "oceania"];
/// What projects and secrets go through.
pub const STAGES: [&str; 4] = ["dev", "test", "staging", "production"];
/// Tags of documents and labels of tickets.
pub const TAGS: [&str; 9] =
    ["archived", "board", "draft", "external", "final", "internal", "legal", "personal", "public"];
/// What devices run.
pub const PLATFORMS: [&str; 5] = ["android", "ios", "linux", "macos", "windows"];
/// Groups in the company.
pub const GROUPS: usize = 120;
/// Entities of each type that policies of an area name.
pub const NAMED: usize = 40;

/// A group of actions of an area: its name if it has one, its actions, the types that they apply to.
pub struct ActionSet {
    /// Of the pure group that includes them all.
    pub group: Option<&'static str>,
    /// Their names.
    pub actions: &'static [&'static str],
    /// Types of resources.
    pub on: &'static [&'static str],
}

/// What can be done in an area.
pub const ACTIONS: [ActionSet; 6] = [
    ActionSet { group: None, actions: &["read", "comment", "export"], on: &["Document", "Folder"] },
    ActionSet { group: Some("edit"), actions: &["write", "share", "erase"], on: &["Document", "Folder"] },
    ActionSet { group: None, actions: &["see"], on: &["Ticket"] },
    ActionSet { group: Some("triage"), actions: &["assign", "label", "close"], on: &["Ticket"] },
    ActionSet { group: None, actions: &["reveal", "rotate"], on: &["Secret"] },
    ActionSet { group: None, actions: &["browse", "configure"], on: &["Project", "Space"] },
];

/// The first lines of each file of an area.
pub fn header(area: usize) -> String {
    format!("module {}\n\nuse directory::User\nuse directory::Group\nuse directory::Session\n", AREAS[area])
}

/// The files that declare types, and actions of the first `acting` areas.
pub fn assize(acting: usize) -> Vec<(String, String)> {
    let mut files = vec![("directory/schema.assize".to_owned(), DIRECTORY.to_owned())];
    for (area, name) in AREAS.iter().enumerate() {
        let mut text = header(area);
        text.push_str(TYPES);
        for set in ACTIONS.iter().filter(|_| area < acting) {
            let (actions, on) = (set.actions.join(", "), set.on.join(" | "));
            text.push_str(&format!("\naction {actions} on {on} by User with Session\n"));
            if let Some(group) = set.group {
                text.push_str(&format!("action {group} includes {actions}\n"));
            }
        }
        files.push((format!("{name}/schema.assize"), text));
    }
    files
}

const DIRECTORY: &str = r#"module directory

/// People who sign in.
entity User in Group {
  department: String
  level: Int
  manager?: User
  suspended: Bool
  regions: Set<String>
  mail: String
}

/// Teams, and teams of teams.
entity Group in Group

/// How a person has signed in.
type Session = { mfa: Bool, ip?: Ip, device: { managed: Bool, platform: String }, minutes: Int }
"#;

const TYPES: &str = r#"
entity Space { owner: User, region: String }

entity Project in Space { lead: User, stage: String, budget: Int }

entity Folder in Folder | Project { owner: User }

/// What the area works on.
entity Document in Folder {
  owner: User
  viewers: Set<Group>
  editors: Set<User>
  level: Int
  tags: Set<String>
  reviewer?: User
  title: String
  size: Int
}

entity Ticket in Project {
  reporter: User
  assignee?: User
  severity: Int
  tags: Set<String>
  open: Bool
}

entity Secret in Project { owner: User, stage: String, version: Int }
"#;

/// The schema in Cedar.
pub fn cedar(acting: usize) -> String {
    let mut text = CEDAR_DIRECTORY.to_owned();
    for (area, name) in AREAS.iter().enumerate() {
        text.push_str(&format!("\nnamespace {name} {{\n{CEDAR_TYPES}"));
        for set in ACTIONS.iter().filter(|_| area < acting) {
            let (actions, on) = (set.actions.join(", "), set.on.join(", "));
            let member = set.group.map(|group| format!(" in [\"{group}\"]")).unwrap_or_default();
            if let Some(group) = set.group {
                text.push_str(&format!("  action {group};\n"));
            }
            text.push_str(&format!(
                "  action {actions}{member} appliesTo {{ principal: [directory::User], resource: [{on}], context: directory::Session }};\n"
            ));
        }
        text.push_str("}\n");
    }
    text
}

const CEDAR_DIRECTORY: &str = r#"namespace directory {
  // People who sign in.
  entity User in [Group] {
    department: String,
    level: Long,
    manager?: User,
    suspended: Bool,
    regions: Set<String>,
    mail: String,
  };
  // Teams, and teams of teams.
  entity Group in [Group];
  // How a person has signed in.
  type Session = { mfa: Bool, ip?: ipaddr, device: { managed: Bool, platform: String }, minutes: Long };
}
"#;

const CEDAR_TYPES: &str = r#"  entity Space { owner: directory::User, region: String };
  entity Project in [Space] { lead: directory::User, stage: String, budget: Long };
  entity Folder in [Folder, Project] { owner: directory::User };
  // What the area works on.
  entity Document in [Folder] {
    owner: directory::User,
    viewers: Set<directory::Group>,
    editors: Set<directory::User>,
    level: Long,
    tags: Set<String>,
    reviewer?: directory::User,
    title: String,
    size: Long,
  };
  entity Ticket in [Project] {
    reporter: directory::User,
    assignee?: directory::User,
    severity: Long,
    tags: Set<String>,
    open: Bool,
  };
  entity Secret in [Project] { owner: directory::User, stage: String, version: Long };
"#;
