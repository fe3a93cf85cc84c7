//! How much a package may declare: what the verifier admits, said with a place.

use assize_lang::{Diagnostic, codes};
use assize_runtime::types::{ActionId, EntityTypeId, EnumId, GrantId, ObligationId};
use assize_runtime::verify::{MAX_DECLARED, MAX_ENTITY_TYPES};

use super::Resolver;
use crate::declarations::Def;

/// How many combinations of principal type, action and resource type there may be: every policy may have to look at each.
const MAX_ENVIRONMENTS: u64 = 1 << 16;

pub(super) fn run(resolver: &mut Resolver<'_>) {
    let (schema, declarations) = (&resolver.declarations.schema, &resolver.declarations);
    let most = MAX_DECLARED as u32;
    let mut beyond: Vec<(Def, String)> = Vec::new();
    let mut count = |what: &str, count: usize, limit: usize, first_beyond: Def| {
        if count > limit {
            beyond.push((first_beyond, format!("this package has more than {limit} {what}")));
        }
    };
    let types = MAX_ENTITY_TYPES as u32;
    count("entity types", schema.entity_types.len(), MAX_ENTITY_TYPES, Def::EntityType(EntityTypeId(types)));
    count("enums", schema.enums.len(), MAX_DECLARED, Def::Enum(EnumId(most)));
    count("actions", schema.actions.len(), MAX_DECLARED, Def::Action(ActionId(most)));
    count("grants", schema.grants.len(), MAX_DECLARED, Def::Grant(GrantId(most)));
    count("obligations", schema.obligations.len(), MAX_DECLARED, Def::Obligation(ObligationId(most)));
    count("params", declarations.params.len(), MAX_DECLARED, Def::Param(most));
    count("functions", declarations.functions.len(), MAX_DECLARED, Def::Function(most));
    for (at, ty) in schema.enums.iter().enumerate() {
        count("variants in one enum", ty.variants.len(), MAX_DECLARED, Def::Enum(EnumId(at as u32)));
    }
    let mut parents = 0;
    for (at, ty) in schema.entity_types.iter().enumerate() {
        parents += ty.parents.len();
        if parents > MAX_DECLARED {
            count("types after `in`", parents, MAX_DECLARED, Def::EntityType(EntityTypeId(at as u32)));
            break;
        }
    }
    let mut environments = 0;
    for (at, action) in schema.actions.iter().enumerate() {
        let Some(applies) = &action.applies else { continue };
        environments += applies.principals.iter().len() as u64 * applies.resources.iter().len() as u64;
        if environments > MAX_ENVIRONMENTS {
            let message = format!(
                "the actions of this package are for more than {MAX_ENVIRONMENTS} combinations of principal and resource types"
            );
            beyond.push((Def::Action(ActionId(at as u32)), message));
            break;
        }
    }
    for (def, message) in beyond {
        let Some(&(key, span)) = resolver.places.get(&def) else { continue };
        let diagnostic = Diagnostic::new(codes::PACKAGE_TOO_LARGE, span, message);
        resolver.report(key, diagnostic.help("split it into several packages"));
        // Nothing is checked against a schema that is too large to check anything against.
        resolver.declarations.schema.actions.iter_mut().for_each(|action| action.applies = None);
        resolver.declarations.broken.insert("".into());
    }
}
