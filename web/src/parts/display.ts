/** How pages look for the reader: kept in this browser at once, and with the account, so that another device looks the same. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { portal, type Preferences } from "../api/portal";
import { usePreferences } from "../api/portal-queries";
import { useMe } from "../api/queries";
import { readLarge, showLarge } from "../lib/large";
import { langChosen, useSpeech, type Lang } from "../text";

const appliedKey = (account: string) => `qianhai.display.${account}`;

export interface Display {
  large: boolean;
  setLarge: (large: boolean) => void;
  chooseLang: (lang: Lang) => void;
}

export function useDisplay(): Display {
  const { lang, setLang } = useSpeech();
  const client = useQueryClient();
  const { data: me } = useMe();
  const account = me?.account.id;
  const { data: kept } = usePreferences(account !== undefined);
  const [large, set] = useState(readLarge);
  useEffect(() => showLarge(large), [large]);
  // Once for each tab and account: what the reader changes afterwards is not taken back by an older answer.
  useEffect(() => {
    if (!account || !kept || sessionStorage.getItem(appliedKey(account))) return;
    sessionStorage.setItem(appliedKey(account), "1");
    set(kept.large_text);
    if (kept.language && !langChosen()) setLang(kept.language);
  }, [account, kept, setLang]);
  const keep = useCallback((change: Partial<Preferences>) => {
    if (!account || !kept) return;
    const { mail, mail_for, language, large_text } = { ...kept, ...change };
    // If the account can't be told, this browser still remembers.
    portal.savePreferences({ mail, mail_for, language, large_text }).then((now) => client.setQueryData(["preferences"], now), () => undefined);
  }, [account, kept, client]);
  const setLarge = useCallback((next: boolean) => { set(next); keep({ large_text: next, language: lang }); }, [keep, lang]);
  const chooseLang = useCallback((next: Lang) => { setLang(next); keep({ language: next, large_text: large }); }, [setLang, keep, large]);
  return { large, setLarge, chooseLang };
}
