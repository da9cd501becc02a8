/** Finding a service by a few words in either language. */
import type { Chapter, ServiceLine } from "../api/types";

const fold = (text: string): string => text.normalize("NFKC").toLowerCase();

/** Higher is better, 0 is no match: every word has to be found; the name counts more than the summary. */
export function score(line: ServiceLine, query: string): number {
  const words = fold(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return 0;
  const fields: [string, number][] = [
    [fold(`${line.name.zh} ${line.name.en}`), 4],
    [fold(line.slug.replaceAll("-", " ")), 3],
    [fold(`${line.summary.zh} ${line.summary.en}`), 2],
    [fold(`${line.agency?.zh ?? ""} ${line.agency?.en ?? ""} ${line.number}`), 1],
  ];
  let sum = 0;
  for (const word of words) {
    const best = Math.max(0, ...fields.map(([text, weight]) => (text.includes(word) ? weight : 0)));
    if (best === 0) return 0;
    sum += best;
  }
  return sum;
}

/** Best first; open services before those in preparation at the same score. */
export function search(chapters: Chapter[], query: string): ServiceLine[] {
  return chapters
    .flatMap((c) => c.services)
    .map((line) => ({ line, points: score(line, query) }))
    .filter((hit) => hit.points > 0)
    .sort((a, b) => b.points - a.points || Number(b.line.open) - Number(a.line.open) || a.line.number - b.line.number)
    .map((hit) => hit.line);
}
