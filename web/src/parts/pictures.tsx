/** Drawings of our own: the bay in the hero, a mark for each chapter. */

export const HeroPicture = () => (
  <svg className="hero-picture" viewBox="0 0 1440 420" preserveAspectRatio="xMaxYMax slice" aria-hidden>
    <circle cx="1180" cy="120" r="64" fill="#f2b36b" opacity=".9" />
    <g fill="#0e6a82" opacity=".55">
      <path d="M820 330V210l26-18v138ZM856 330V170h34v160ZM900 330V230h40v100ZM952 330V120l18-30 18 30v210ZM1000 330V190h36v140ZM1048 330V150l40-20v200ZM1100 330V220h30v110ZM1142 330V100l24-16 24 16v230ZM1204 330V200h38v130ZM1254 330V160l34-14v184ZM1300 330V230h44v100ZM1356 330V180h32v150Z" />
    </g>
    <g fill="none" stroke="#fff" strokeWidth="2" opacity=".28">
      <path d="M600 330h900M700 330c120-130 210-130 330 0M930 330c120-130 210-130 330 0M1160 330c120-130 210-130 330 0" />
    </g>
    <g fill="none" stroke="#7fc4d3" strokeWidth="3" strokeLinecap="round" opacity=".45">
      <path d="M560 352c30-14 60-14 90 0s60 14 90 0 60-14 90 0 60 14 90 0 60-14 90 0 60 14 90 0 60-14 90 0 60 14 90 0 60-14 90 0 60 14 90 0" />
      <path d="M640 380c30-14 60-14 90 0s60 14 90 0 60-14 90 0 60 14 90 0 60-14 90 0 60 14 90 0 60-14 90 0 60 14 90 0 60-14 90 0" />
      <path d="M720 406c30-14 60-14 90 0s60 14 90 0 60-14 90 0 60 14 90 0 60-14 90 0 60 14 90 0 60-14 90 0 60 14 90 0" />
    </g>
  </svg>
);

const MARKS: Record<string, string> = {
  investment: "M5 27V13l11-7 11 7v14M12 27v-8h8v8M5 27h22",
  trade: "M4 21h24l-4 7H8ZM8 21v-8h7v8M15 21V8h7v13",
  finance: "M16 4a12 12 0 1 0 0 24 12 12 0 0 0 0-24M11 10l5 6 5-6M16 16v8M11 18h10M11 21.500h10",
  oversight: "M16 4 6 8v8c0 6 4 10 10 12 6-2 10-6 10-12V8ZM11 16l4 4 7-8",
  law: "M16 5v22M9 27h14M6 10l10-3 10 3M6 10l-3 8h6ZM26 10l-3 8h6Z",
  talent: "M16 5a5.500 5.500 0 1 0 0 11 5.500 5.500 0 0 0 0-11M5 28c1-7 5-9 11-9s10 2 11 9",
  copyright: "M16 4a12 12 0 1 0 0 24 12 12 0 0 0 0-24M20 12.500a5 5 0 1 0 0 7",
};

export const ChapterMark = ({ id }: { id: string }) => (
  <svg className="chapter-mark" viewBox="0 0 32 32" aria-hidden>
    <path d={MARKS[id] ?? "M6 6h20v20H6Z"} fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" />
  </svg>
);
