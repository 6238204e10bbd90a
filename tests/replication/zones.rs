//! Three zones in a row, each with a server and a database of its own. The first and the third zone know only the
//! second.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use ureq::http::Method;

use super::{Replicator, address, change, documents, returned, zone};
use crate::{
    client::Client,
    couchdb::CouchDb,
    proxy::{Network, Proxy},
    server::eventually,
};

struct Zones {
    zones: [CouchDb; 3],
    /// The networks between neighbours.
    links: [Proxy; 2],
    replicators: [Replicator; 2],
}

impl Zones {
    fn start() -> Self {
        let zones = [zone(), zone(), zone()];
        let links = [1, 2].map(|n| Proxy::before_port(&zones[n].address()));
        let replicators = [0, 1].map(|n| {
            let neighbour = links[n].address().to_string();
            let flags = ["--both", "--continuous"];
            Replicator::start(&address(&zones[n].address()), &address(&neighbour), &flags)
        });
        Self {
            zones,
            links,
            replicators,
        }
    }

    fn set(&self, network: Network) {
        for link in &self.links {
            link.set(network);
        }
    }

    fn owners(&self) -> [&Client; 3] {
        [0, 1, 2].map(|n| &self.zones[n].server.client)
    }

    /// Waits until a function returns `expected` in every zone.
    fn all_return(&self, owner: &Client, id: &str, expected: &Value) {
        for (n, zone) in self.zones.iter().enumerate() {
            eventually(&format!("{id} returns {expected} in zone {n}"), || {
                (returned(zone, owner, id).as_ref() == Some(expected)).then_some(())
            });
        }
    }

    /// Waits until all zones have the same documents with the same revisions.
    fn agree(&self) {
        eventually("all zones have the same documents", || {
            let known: BTreeSet<_> = self.zones.iter().map(documents).collect();
            (known.len() == 1).then_some(())
        });
    }

    /// Writes a document at both ends, and waits until it has passed all zones. Changes are replicated in order, so
    /// everything written before has passed too.
    fn pass_through(&self, id: &str) {
        for (from, to) in [(0, 2), (2, 0)] {
            let id = format!("{id}{from}");
            self.zones[from].written(&id, &json!({}));
            eventually("a document goes through all zones", || {
                let reply = self.zones[to].get(&format!("/functions/{id}"));
                (reply.status == 200).then_some(())
            });
        }
    }

    fn sequences(&self) -> [u64; 3] {
        [0, 1, 2].map(|n| {
            let sequence = &self.zones[n].get("/functions").body["update_seq"];
            sequence.as_str().unwrap().parse().unwrap()
        })
    }
}

fn revision(zone: &CouchDb, id: &str) -> String {
    zone.document(id)["_rev"].as_str().unwrap().to_owned()
}

fn delete(zone: &CouchDb, id: &str) {
    let rev = revision(zone, id);
    let reply = zone.delete(&format!("/functions/{id}?rev={rev}"));
    assert_eq!(reply.status, 200, "{}", reply.body);
}

#[test]
fn zones_that_were_apart_agree_again() {
    let all = Zones::start();
    let [a, b, c] = &all.zones;
    let owners = all.owners();
    let ids = [0, 1, 2].map(|n| owners[n].created(&format!("return {n} + call.n")));
    for (n, id) in ids.iter().enumerate() {
        all.all_return(owners[n], id, &json!(n + 1));
    }
    // All functions belong to one account, which the other zones know from its functions.
    let owner = owners[0];
    let [longer, equal, deleted, gone] = [(); 4].map(|()| owner.created("return 'before'"));
    for id in [&longer, &equal, &deleted, &gone] {
        all.all_return(owner, id, &json!("before"));
    }

    all.set(Network::Refuses);
    change(a, owner, &longer, "return 'A'");
    change(b, owner, &longer, "return 'B, once'");
    change(b, owner, &longer, "return 'B, twice'");
    change(a, owner, &equal, "return 'A'");
    change(c, owner, &equal, "return 'C'");
    delete(a, &deleted);
    change(c, owner, &deleted, "return 'not gone'");
    delete(b, &gone);
    let new = [0, 1, 2].map(|n| owners[n].created(&format!("return 'made in {n}'")));
    for (n, zone) in all.zones.iter().enumerate() {
        // Calls go on in each zone by itself.
        for (owner, id) in owners.iter().zip(&ids) {
            assert!(returned(zone, owner, id).is_some());
        }
        let is_there = |id: &&String| zone.get(&format!("/functions/{id}")).status == 200;
        assert_eq!(new.iter().filter(is_there).count(), 1, "{n}");
    }
    assert_eq!(returned(a, owner, &longer), Some("A".into()));
    assert_eq!(returned(b, owner, &longer), Some("B, twice".into()));
    let winner = [a, c].map(|zone| (revision(zone, &equal), returned(zone, owner, &equal)));
    let winner = winner.iter().max_by_key(|(revision, _)| revision).unwrap();

    all.set(Network::Passes);
    all.agree();
    for (n, id) in new.iter().enumerate() {
        all.all_return(owners[n], id, &json!(format!("made in {n}")));
    }
    all.all_return(owner, &longer, &json!("B, twice"));
    assert_eq!(revision(c, &equal), winner.0);
    all.all_return(owner, &equal, winner.1.as_ref().unwrap());
    all.all_return(owner, &deleted, &json!("not gone"));
    for zone in &all.zones {
        assert_eq!(
            zone.get(&format!("/functions/{gone}")).body["reason"],
            "deleted"
        );
        let path = format!("/v2/accounts/{}/functions/{gone}", owner.account);
        let reply = zone.server.client.send(Method::GET, &path, "");
        assert_eq!(reply.status, 404);
    }

    // No replication is in progress: one document raises the number of each zone by one.
    all.pass_through("first");
    let before = all.sequences();
    all.pass_through("second");
    assert_eq!(all.sequences(), before.map(|sequence| sequence + 2));
    all.agree();
    for replicator in all.replicators {
        let counts = replicator.stop().counts();
        assert!(
            counts
                .iter()
                .all(|[_, read, written, refused]| *refused == 0 && written <= read),
            "{counts:?}"
        );
    }
}
