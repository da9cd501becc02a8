import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import type { Bilingual } from "../api/types";
import { en } from "./en";
import { zh, type Words } from "./zh";

export type Lang = "zh" | "en";
const KEY = "qianhai.lang";
const CHOSEN = "qianhai.lang.chosen";
const words: Record<Lang, Words> = { zh, en };

interface Speech {
  lang: Lang;
  /** Our own words. */
  t: Words;
  /** The words of the server in the reader's language; Chinese where English is missing. */
  pick: (text: Bilingual | null | undefined) => string;
  setLang: (lang: Lang) => void;
}

const SpeechContext = createContext<Speech | null>(null);

/** `?lang=` wins, then what was chosen before, then Chinese. */
function firstLang(): Lang {
  const linked = new URLSearchParams(location.search).get("lang");
  if (linked) sessionStorage.setItem(CHOSEN, "1");
  const asked = linked ?? localStorage.getItem(KEY);
  return asked === "en" ? "en" : "zh";
}

/** The reader has said in this tab which language it is to be; the account's preference gives way. */
export const langChosen = (): boolean => sessionStorage.getItem(CHOSEN) === "1";

export function pickIn(lang: Lang, text: Bilingual | null | undefined): string {
  if (!text) return "";
  return (lang === "en" ? text.en : text.zh) || text.zh || text.en || "";
}

export function SpeechProvider({ children }: { children: ReactNode }) {
  const [lang, set] = useState<Lang>(firstLang);
  useEffect(() => {
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    localStorage.setItem(KEY, lang);
  }, [lang]);
  const setLang = useCallback((next: Lang) => {
    const url = new URL(location.href);
    url.searchParams.set("lang", next);
    history.replaceState(history.state, "", url);
    sessionStorage.setItem(CHOSEN, "1");
    set(next);
  }, []);
  const speech = useMemo(() => ({ lang, t: words[lang], pick: (text: Bilingual | null | undefined) => pickIn(lang, text), setLang }), [lang, setLang]);
  return <SpeechContext.Provider value={speech}>{children}</SpeechContext.Provider>;
}

export function useSpeech(): Speech {
  const speech = useContext(SpeechContext);
  if (!speech) throw new Error("useSpeech outside SpeechProvider");
  return speech;
}

/** Sets the title of the browser tab. */
export function useTitle(title: string) {
  const { t } = useSpeech();
  useEffect(() => {
    document.title = title ? `${title} · ${t.portal}` : t.portal;
  }, [title, t]);
}
