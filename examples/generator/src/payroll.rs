//! Employees in units, pay runs of countries, payslips, and what was granted for each country.

use serde_json::json;

use crate::Generated;
use crate::forest::Forest;
use crate::rng::Rng;
use crate::rows::{Uid, days_from_now, minutes_from_now, some_end};

struct PayRun {
    country: usize,
    preparer: usize,
    approver: Option<usize>,
}

struct Payslip {
    employee: usize,
    run: usize,
}

/// What requests need to know to hit something.
pub(crate) struct World {
    scale: usize,
    units: Forest,
    heads: Vec<usize>,
    unit_of: Vec<usize>,
    country_of: Vec<usize>,
    members: Vec<Vec<usize>>,
    runs: Vec<PayRun>,
    payslips: Vec<Payslip>,
    /// Who was granted something in each country.
    trusted: Vec<Vec<Uid>>,
}

/// A country's office network: there are 65,536 of them, after which countries share.
fn office(country: usize) -> [usize; 2] {
    [country / 256 % 256, country % 256]
}

pub(crate) fn data(scale: usize, rng: &mut Rng, out: &mut Generated) -> World {
    for country in 0..scale {
        let [high, low] = office(country);
        let networks = json!([format!("10.{high}.{low}.0/24"), format!("2001:db8:{high:x}{low:02x}::/48")]);
        out.entity(Uid::new("Country", country), &[], json!({"offices": &networks}));
    }
    let units = Forest::grow(scale, 90, rng);
    let heads: Vec<_> = (0..scale).map(|_| rng.below(scale)).collect();
    for (unit, head) in heads.iter().enumerate() {
        let parent = units.parent(unit).map(|parent| Uid::new("Unit", parent));
        out.entity(
            Uid::new("Unit", unit),
            parent.as_slice(),
            json!({"head": Uid::new("Employee", *head).json()}),
        );
    }
    let unit_of: Vec<_> = (0..scale).map(|_| rng.below(scale)).collect();
    let country_of: Vec<_> = (0..scale).map(|_| rng.below(scale)).collect();
    for employee in 0..scale {
        let mut attributes = json!({
            "country": Uid::new("Country", country_of[employee]).json(),
            "started": days_from_now(-(rng.below(1500) as i64)),
        });
        if rng.chance(12) {
            attributes["left"] = days_from_now(rng.below(200) as i64 - 100);
        }
        out.entity(Uid::new("Employee", employee), &[Uid::new("Unit", unit_of[employee])], attributes);
    }
    let runs: Vec<_> = (0..scale).map(|number| pay_run(number, scale, rng, out)).collect();
    let payslips: Vec<_> = (0..scale)
        .map(|number| {
            let (employee, run) = (rng.below(scale), rng.below(scale));
            let uid = Uid::new("PayRun", run);
            let attributes = json!({"employee": Uid::new("Employee", employee).json(), "run": uid.json()});
            out.entity(Uid::new("Payslip", number), &[uid], attributes);
            Payslip { employee, run }
        })
        .collect();

    let direct: Vec<_> = unit_of.iter().map(|unit| vec![*unit]).collect();
    let members = units.members(&direct);
    let trusted = vec![Vec::new(); scale];
    let mut world = World { scale, units, heads, unit_of, country_of, members, runs, payslips, trusted };
    grants(&mut world, rng, out);
    world
}

fn pay_run(number: usize, scale: usize, rng: &mut Rng, out: &mut Generated) -> PayRun {
    let (country, preparer) = (rng.below(scale), rng.below(scale));
    let stage = rng.weighted(&[(2, "draft"), (4, "prepared"), (4, "approved"), (1, "released")]);
    let approver = matches!(stage, "approved" | "released").then(|| rng.below(scale));
    let mut attributes = json!({"stage": stage, "preparer": Uid::new("Employee", preparer).json()});
    if let Some(approver) = approver {
        attributes["approver"] = Uid::new("Employee", approver).json();
    }
    attributes["total"] = json!(format!("{}.{:02}", 1_000 + rng.below(300_000), rng.below(100)));
    attributes["closes"] = days_from_now(rng.below(60) as i64 - 15);
    out.entity(Uid::new("PayRun", number), &[Uid::new("Country", country)], attributes);
    PayRun { country, preparer, approver }
}

fn grants(world: &mut World, rng: &mut Rng, out: &mut Generated) {
    let scale = world.scale;
    let rows = [
        ("officer", scale),
        ("approver", scale),
        ("treasurer", scale.div_ceil(2)),
        ("auditor", scale.div_ceil(4)),
        ("emergency", scale.div_ceil(10)),
    ];
    for (grant, rows) in rows {
        for _ in 0..rows {
            let country = rng.below(scale);
            let one_person = matches!(grant, "treasurer" | "emergency") || rng.chance(50);
            let who = Uid::new(if one_person { "Employee" } else { "Unit" }, rng.below(scale));
            let mut args = json!({"who": who.json(), "country": Uid::new("Country", country).json()});
            if grant == "approver" {
                args["limit"] = json!(format!("{}.00", 50_000 * (1 + rng.below(6))));
            }
            let until = match grant {
                "emergency" => Some(minutes_from_now(rng.below(6 * 60) as i64 - 2 * 60)),
                _ => some_end(rng),
            };
            out.grant(grant, args, until);
            world.trusted[country].push(who);
        }
    }
}

pub(crate) fn request(world: &World, rng: &mut Rng, out: &mut Generated) {
    let (action, resource, country, employee) = if rng.chance(60) {
        let number = rng.below(world.scale);
        let Payslip { employee, run } = world.payslips[number];
        let action = rng.weighted(&[(2, "view"), (1, "correct")]);
        (action, Uid::new("Payslip", number), world.runs[run].country, Some(employee))
    } else {
        let number = rng.below(world.scale);
        let action = rng.weighted(&[(2, "prepare"), (3, "approve"), (3, "release"), (1, "export")]);
        (action, Uid::new("PayRun", number), world.runs[number].country, None)
    };
    let stranger = rng.below(world.scale);
    let who = match (employee, rng.below(100)) {
        (Some(employee), 0..20) => Some(employee),
        (Some(employee), 20..40) => {
            let above: Vec<_> = world.units.path(world.unit_of[employee]).collect();
            rng.pick(&above).map(|unit| world.heads[*unit])
        }
        (None, 0..8) => Some(world.runs[resource.number].preparer),
        (None, 8..14) => world.runs[resource.number].approver,
        (_, 0..90) => match rng.pick(&world.trusted[country]) {
            Some(who) if who.ty == "Unit" => rng.pick(&world.members[who.number]).copied(),
            who => who.map(|who| who.number),
        },
        _ => None,
    };
    let who = who.unwrap_or(stranger);
    let [high, low] = office(world.country_of[who]);
    let ip = match rng.below(100) {
        0..60 => format!("10.{high}.{low}.{}", rng.below(256)),
        60..75 => format!("2001:db8:{high:x}{low:02x}::{:x}", 1 + rng.below(9999)),
        75..85 => format!("100.64.{}.{}", rng.below(256), rng.below(256)),
        _ => format!("203.0.113.{}", rng.below(256)),
    };
    let mut context = json!({"ip": ip, "mfa": rng.chance(90)});
    if rng.chance(30) {
        context["reason"] = json!("wages due tonight");
    }
    out.request(Uid::new("Employee", who), action, resource, context);
}
