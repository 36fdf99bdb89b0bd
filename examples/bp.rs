fn main() {
    let mode = std::env::args().nth(1).unwrap();
    for l in std::io::stdin().lines() {
        let l = l.unwrap();
        let (k, t) = l.split_once('\t').unwrap();
        let r = wiretag::text::boilerplate::find(t, false);
        let name = r.map_or("-", |r| r.name());
        if (mode == "junk" && r.is_none()) || (mode == "prose" && r.is_some()) || (mode == "kinds" && name != k) {
            println!("{k}\t{name}\t{t}")
        }
    }
}
