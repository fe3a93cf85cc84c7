fn main() { println!("{}", cedar_policy::get_sdk_version()); }
