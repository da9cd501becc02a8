//! What a side finds, beside what a plain reading of the rules finds.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use names::{Index, Lexicon, ParsedName};

use super::scale::generated::Generated;
use super::scale::mutations::{Labelled, MUTATIONS, Mutator};
use super::scale::plain::{Expected, Plain};
use super::trigrams::{Trigrams, Way, core};
use super::{Asked, question};
use crate::Unmeasured;

/// How long the peer may take to answer all questions; what it has not reached by then is left out of its share.
pub(super) const PEER_SECONDS_MAX: u64 = 60;

/// How much of what the rules name is found.
#[derive(Clone, Copy, Default)]
pub(super) struct Share {
    queries: usize,
    /// Changed names whose old name is found under their label.
    labels: usize,
    hits: usize,
    found: usize,
    /// Found, though no rule names it.
    pub(super) beyond: usize,
}

/// The labelled questions with all hits of the plain reading.
pub(super) struct Proof {
    questions: Vec<(Labelled, ParsedName, Expected)>,
}

/// Shares by mutation.
pub(super) struct Shares(Vec<Share>);

/// Reads every name of the register, on all cores, for the plain reading and, as rows of id, name, brand and industry, for the peer.
pub(super) fn read(data: &Path, lexicon: &Lexicon, register: &Generated, rows: Option<&Path>) -> Result<Plain, Unmeasured> {
    /// Names read at a time.
    const BATCH: usize = 65_536;
    let failed = |e| Unmeasured::during("the names, read plainly", e);
    let mut plain = Plain::read(data).map_err(failed)?;
    let mut rows = match rows {
        Some(file) => Some(BufWriter::new(std::fs::File::create(file).map_err(failed)?)),
        None => None,
    };
    for start in (0..register.len()).step_by(BATCH) {
        let places: Vec<usize> = (start..(start + BATCH).min(register.len())).collect();
        let read = on_all_cores(&places, |place| {
            let name = register.name(*place);
            lexicon.parse(&name).map(|parsed| (name, parsed))
        });
        for (place, read) in places.into_iter().zip(read) {
            let (name, parsed) = read.map_err(|e| Unmeasured::during(&register.name(place), e))?;
            plain.add(&parsed, None);
            if let Some(rows) = &mut rows {
                writeln!(rows, "{place}\t{name}\t{}", core(&parsed)).map_err(failed)?;
            }
        }
    }
    if let Some(rows) = &mut rows {
        rows.flush().map_err(failed)?;
    }
    Ok(plain)
}

/// Does the same with each of a list, in its order.
fn on_all_cores<T: Sync, R: Send>(list: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = list.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let each = &each;
        let workers: Vec<_> = list
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().map(each).collect::<Vec<_>>()))
            .collect();
        let done = workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("reading a name does not panic"));
        done.collect()
    })
}

impl Proof {
    /// Changes names of the register and reads the rules for each change, beside the whole register.
    pub(super) fn new(data: &Path, lexicon: &Lexicon, plain: &Plain, register: &Generated, count: usize) -> Result<Self, Unmeasured> {
        let mutator = Mutator::new(data, lexicon, plain, 734);
        let mut mutator = mutator.map_err(|e| Unmeasured::during("the mutations", e))?;
        let labelled = mutator.labelled(register, count).map_err(Unmeasured)?;
        let begun = Instant::now();
        let read = on_all_cores(&labelled, |labelled| {
            let parsed = lexicon.parse(&labelled.name).map_err(|e| Unmeasured::during(&labelled.name, e))?;
            let expected = plain.expected(&parsed, None, &BTreeSet::new());
            Ok((labelled.clone(), parsed, expected))
        });
        let questions = read.into_iter().collect::<Result<_, Unmeasured>>()?;
        eprintln!(
            "{count} changed names beside every name by the plain reading in {:.0} s",
            begun.elapsed().as_secs_f64()
        );
        Ok(Self { questions })
    }

    /// The questions, for both sides.
    pub(super) fn asked(&self) -> Vec<Asked> {
        let asked = |(labelled, parsed, _): &(Labelled, ParsedName, _)| Asked {
            name: labelled.name.clone(),
            parsed: parsed.clone(),
        };
        self.questions.iter().map(asked).collect()
    }

    /// What the index finds: a hit is a name under a rule.
    pub(super) fn by_index(&self, index: &Index) -> Shares {
        let (question, mut shares) = (question(), vec![Share::default(); MUTATIONS.len()]);
        for (labelled, parsed, expected) in &self.questions {
            let mut found: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
            for (rule, id) in index.standing(parsed, &question) {
                found.entry(rule).or_default().insert(place_of(id));
            }
            let share = &mut shares[labelled.kind];
            share.queries += 1;
            share.labels += usize::from(found.get(labelled.label).is_some_and(|places| places.contains(&labelled.from)));
            share.hits += count(expected);
            let none = BTreeSet::new();
            let both = expected
                .iter()
                .map(|(rule, places)| places.intersection(found.get(rule).unwrap_or(&none)).count());
            let both: usize = both.sum();
            share.found += both;
            share.beyond += count(&found) - both;
        }
        Shares(shares)
    }

    /// What the peer finds: it knows no rules, so a hit is a name under any of them.
    pub(super) async fn by_peer(&self, peer: &Trigrams, way: Way) -> Result<Share, Unmeasured> {
        peer.set(way).await?;
        let (mut share, until) = (Share::default(), Instant::now() + Duration::from_secs(PEER_SECONDS_MAX));
        for (labelled, parsed, expected) in self.questions.iter().take_while(|_| Instant::now() < until) {
            let found: BTreeSet<usize> = peer
                .ask(way, &labelled.name, parsed)
                .await?
                .into_iter()
                .map(|id| id as usize)
                .collect();
            let expected: BTreeSet<usize> = expected.values().flatten().copied().collect();
            let both = expected.intersection(&found).count();
            share.queries += 1;
            share.labels += usize::from(found.contains(&labelled.from));
            share.hits += expected.len();
            share.found += both;
            share.beyond += found.len() - both;
        }
        Ok(share)
    }
}

/// The place in an id of [`super::entry`]; one that can't be read is a place that no name has.
fn place_of(id: &str) -> usize {
    id[6..].parse().unwrap_or(usize::MAX)
}

fn count(places: &BTreeMap<&str, BTreeSet<usize>>) -> usize {
    places.values().map(BTreeSet::len).sum()
}

impl Share {
    /// The share of the expected hits that is found, and of how many questions if not of all.
    pub(super) fn recall(&self) -> String {
        format!("{:.3} of {} in {}", self.found as f64 / self.hits as f64, self.hits, self.queries)
    }
}

impl Shares {
    /// All mutations together.
    pub(super) fn all(&self) -> Share {
        self.0.iter().fold(Share::default(), |sum, share| Share {
            queries: sum.queries + share.queries,
            labels: sum.labels + share.labels,
            hits: sum.hits + share.hits,
            found: sum.found + share.found,
            beyond: sum.beyond + share.beyond,
        })
    }

    /// A line of the table.
    pub(super) fn row(&self, kind: usize, words: &str, label: &str) -> Vec<String> {
        let share = self.0[kind];
        let figures = [share.queries, share.labels, share.hits, share.found].map(|figure| figure.to_string());
        let recall = format!("{:.3}", share.found as f64 / share.hits as f64);
        let mut row = vec![words.to_string(), label.to_string()];
        row.extend(figures);
        row.extend([recall, share.beyond.to_string()]);
        row
    }
}
