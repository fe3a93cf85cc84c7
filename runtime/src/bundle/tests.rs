//! Bundles are read by those who trust them, and by nobody else, whatever was done to their bytes.

use super::*;
use crate::differential::{Dice, generate};
use crate::program::Program;
use crate::testing::cases;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed([seed; 32])
}

fn program() -> Program {
    generate(&mut Dice(5))
}

fn draft() -> Draft {
    Draft::new(&program())
        .package("drive", Some("0.3.0".to_owned()))
        .revision(7)
        .commit("0123abc")
        .built(1_767_225_600_000)
        .input("b.assize", b"second")
        .input("a.assize", b"first")
        .profiles(&[("production".into(), vec![("LIMIT".into(), Value::Int(3))])])
        .sources(&[("a.assize".into(), "allow User u to * on Document d".to_owned())])
        .documentation(&[("policy".into(), "owner".into(), "Owners may.".to_owned())])
}

fn signed(keys: &[&SigningKey]) -> Vec<u8> {
    keys.iter().fold(draft().to_bytes(), |bytes, key| sign(&bytes, key).unwrap())
}

fn trust(keys: &[&SigningKey]) -> Trust {
    Trust::keys(keys.iter().map(|key| key.verifying_key()))
}

#[test]
fn a_bundle_has_what_was_put_into_it() {
    let bundle = read(&signed(&[&key(1)]), &trust(&[&key(1)])).unwrap();
    assert_eq!(*bundle.program, program());
    assert_eq!(bundle.signers, [key(1).verifying_key().id()]);
    assert_eq!(bundle.profiles, [("production".into(), vec![("LIMIT".into(), Value::Int(3))])]);
    assert_eq!(bundle.sources[0].1, "allow User u to * on Document d");
    assert_eq!(bundle.documentation[0].2, "Owners may.");
    let Manifest { package, revision, commit, built, inputs, .. } = bundle.manifest;
    assert_eq!((package.name.as_str(), package.version.as_deref(), revision), ("drive", Some("0.3.0"), 7));
    assert_eq!((commit.as_deref(), built), (Some("0123abc"), Some(1_767_225_600_000)));
    // `printf first | sha256sum`
    let digest = "a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e";
    assert_eq!((inputs[0].path.as_str(), inputs[0].sha256.as_str()), ("a.assize", digest));
}

#[test]
fn the_same_contents_are_the_same_bytes() {
    assert_eq!(draft().to_bytes(), draft().to_bytes());
    assert_eq!(signed(&[&key(1), &key(2)]), signed(&[&key(2), &key(1)]));
    assert_eq!(signed(&[&key(1), &key(1)]), signed(&[&key(1)]));
}

#[test]
fn only_trusted_keys_count_and_each_once() {
    let [ann, bob, eve] = [key(1), key(2), key(3)];
    let both = signed(&[&ann, &bob]);
    assert!(read(&both, &trust(&[&ann])).is_ok());
    assert!(read(&both, &trust(&[&eve])).is_err());
    assert!(read(&both, &trust(&[])).is_err());
    assert_eq!(read(&both, &trust(&[&ann, &bob, &eve]).threshold(2)).unwrap().signers.len(), 2);
    assert!(read(&both, &trust(&[&ann, &eve]).threshold(2)).is_err());
    assert!(read(&signed(&[&ann]), &trust(&[&ann, &ann]).threshold(2)).is_err());
    assert!(read(&draft().to_bytes(), &trust(&[&ann]).threshold(0)).is_err());
    assert!(read(&draft().to_bytes(), &Trust::anybody().threshold(0)).is_ok());
    let untrusted = read(&signed(&[&ann]), &trust(&[&eve])).unwrap_err();
    assert_eq!(
        untrusted.to_string(),
        format!(
            "the bundle is signed by 0 of the trusted keys, and 1 must have signed it (it says: {})",
            ann.verifying_key().id()
        )
    );
}

#[test]
fn an_older_revision_and_another_package_are_refused() {
    let bytes = signed(&[&key(1)]);
    let trust = trust(&[&key(1)]);
    assert!(read(&bytes, &trust.clone().minimum_revision(7).package("drive")).is_ok());
    assert_eq!(
        read(&bytes, &trust.clone().minimum_revision(8)).unwrap_err(),
        BundleError::Rollback { found: 7, least: 8 }
    );
    assert!(matches!(read(&bytes, &trust.package("forge")), Err(BundleError::Package { .. })));
    assert!(read(&bytes, &Trust::anybody().minimum_revision(8)).is_err());
}

/// Whatever byte is changed, it is another bundle, which nobody signed. Signatures themselves may be written in one way only, too.
#[test]
fn every_changed_byte_is_noticed() {
    let bytes = signed(&[&key(1)]);
    let trust = trust(&[&key(1)]);
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(read(&changed, &trust).is_err(), "byte {at}");
    }
    for length in 0..bytes.len() {
        assert!(read(&bytes[..length], &trust).is_err(), "{length} bytes");
    }
    assert!(read(&[bytes.as_slice(), b"x"].concat(), &trust).is_err());
}

/// Without signatures, what is changed is noticed or is another sound Program.
#[test]
fn strangers_bundles_never_break_the_reader() {
    let mut dice = Dice(3);
    let bytes = draft().to_bytes();
    for _ in 0..cases(300) {
        let mut changed = bytes.clone();
        for _ in 0..=dice.roll(4) {
            let at = dice.roll(changed.len());
            changed[at] = dice.roll(256) as u8;
        }
        let _ = inspect(&changed);
        let _ = read(&changed, &Trust::anybody());
    }
}

/// The manifest of a bundle put together by hand: its sections' names and digests, then their bytes.
fn by_hand(sections: &[(&str, &[u8])]) -> Vec<u8> {
    let sections_of = |(name, bytes): &(&str, &[u8])| {
        format!(
            r#"{{"name":"{name}","form":1,"bytes":{},"sha256":"{}"}}"#,
            bytes.len(),
            manifest::digest(bytes)
        )
    };
    let listed: Vec<String> = sections.iter().map(sections_of).collect();
    let manifest = format!(
        r#"{{"format":1,"package":{{"name":""}},"revision":0,"compiler":"","zones":"","inputs":[],"sections":[{}]}}"#,
        listed.join(",")
    );
    let bytes: Vec<&[u8]> = sections.iter().map(|(_, bytes)| *bytes).collect();
    layout::whole(manifest.as_bytes(), &[], &bytes)
}

#[test]
fn sections_must_be_distinct_and_few_and_there_must_be_a_program() {
    let program = crate::wire::encode(&program());
    let ok = |sections: &[(&str, &[u8])]| read(&by_hand(sections), &Trust::anybody()).map(|_| ());
    assert_eq!(ok(&[("program", &program)]), Ok(()));
    assert!(ok(&[("program", &program), ("program", b"")]).is_err());
    assert!(ok(&[("sources", b"\0")]).is_err());
    let names: Vec<String> = (0..17).map(|n| n.to_string()).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
    assert!(ok(&many).unwrap_err().to_string().contains("more than 16 sections"));
}

#[test]
fn keys_are_pem_that_other_tools_know() {
    // `openssl genpkey -algorithm ed25519`, and `openssl pkey -pubout` of it.
    let private = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
    let public = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
    let key = SigningKey::from_pem(private).unwrap();
    assert_eq!(key.verifying_key().to_pem().unwrap(), public);
    assert_eq!(VerifyingKey::from_pem(public).unwrap(), key.verifying_key());
    let again = SigningKey::from_pem(&key.to_pem().unwrap()).unwrap();
    assert_eq!(again.verifying_key(), key.verifying_key());
    assert_eq!(VerifyingKey::from_pem(private).unwrap_err(), KeyError::Public);
    assert_eq!(SigningKey::from_pem(public).unwrap_err(), KeyError::Private);
    assert!(!format!("{key:?}").contains("nWGx"), "a secret is not printed");
    // The point of order one, for which anybody can make signatures.
    let weak = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END PUBLIC KEY-----\n";
    assert_eq!(VerifyingKey::from_pem(weak).unwrap_err(), KeyError::Weak);
}
