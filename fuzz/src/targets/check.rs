//! Any text is checked: it ends, it does not panic, and a Program comes out or an error says why not.

use super::compiled;

pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = compiled(&text);
}
