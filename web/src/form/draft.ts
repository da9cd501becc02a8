/** Saves a form while it is being filled in: to the server, and to this browser while the server can't be reached. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { asApiError } from "../api/errors";
import { portal, type ServerDraft } from "../api/portal";
import type { JsonObject } from "../api/types";
import { begin, dropDraft, loadDraft, saveDraft, written, type Begun } from "../lib/draft";

/** How long typing must rest before the draft is saved. */
const REST_MS = 700;
/** How long to wait before a draft that could not be sent is sent again. */
const AGAIN_MS = 10_000;

async function fetchDraft(slug: string): Promise<ServerDraft | null> {
  try {
    return await portal.draft(slug);
  } catch (error) {
    const failed = asApiError(error);
    // Without the server the form can still be filled in: the browser keeps the draft for the time being.
    if (failed.kind === "not-found" || failed.kind === "unavailable" || failed.kind === "problem") return null;
    throw error;
  }
}

const ONCE = { staleTime: 0, gcTime: 0, refetchOnWindowFocus: false, refetchOnReconnect: false, retry: false } as const;

/** What the form begins with; undefined while the server is being asked. */
export function useBegun(account: string, slug: string, action: string): Begun | undefined {
  const { data, isPending } = useQuery({ queryKey: ["draft", account, slug], queryFn: () => fetchDraft(slug), ...ONCE });
  // Read once: what this very form saves later must not make it begin again.
  return useMemo(() => (isPending ? undefined : begin(data ?? null, loadDraft(account, slug), action)), [isPending, data, account, slug, action]);
}

export type Kept = "none" | "saving" | "server" | "here" | "changed";

interface Place {
  account: string;
  slug: string;
  action: string;
}

export interface Keeper {
  kept: Kept;
  savedAt: string;
  /** Overwrites what another window has saved. */
  keepMine: () => Promise<void>;
  /** The draft is no longer needed: it was sent, or its writer threw it away. */
  drop: () => Promise<void>;
}

/** Keeps `data` as the draft whenever it changes and typing rests. */
export function useDraft({ account, slug, action }: Place, begun: Begun, data: JsonObject): Keeper {
  const client = useQueryClient();
  const [kept, setKept] = useState<Kept>(begun.saved_at === "" ? "none" : begun.local ? "here" : "server");
  const [savedAt, setSavedAt] = useState(begun.saved_at);
  // What the timers and the leaving of the page need to know as it is then, not as it was when they were set.
  const now = useRef({ data, version: begun.version, clean: begun.local ? "" : written(begun.answers), sending: false, stopped: false });
  now.current.data = data;

  const keepHere = useCallback(() => {
    const saved_at = new Date().toISOString();
    if (saveDraft(account, slug, { action, answers: now.current.data, saved_at })) setSavedAt(saved_at);
    setKept("here");
  }, [account, slug, action]);

  const save = useCallback(async () => {
    const state = now.current;
    const body = written(state.data);
    if (state.sending || state.stopped || body === state.clean || body === "{}") return;
    state.sending = true;
    setKept("saving");
    try {
      const saved = await portal.saveDraft(slug, { action, answers: state.data, version: state.version });
      Object.assign(state, { version: saved.version, clean: body });
      // It was thrown away or sent while this was on its way.
      if (state.stopped) return void portal.dropDraft(slug).catch(() => undefined);
      dropDraft(account, slug);
      setSavedAt(saved.saved_at);
      setKept("server");
      void client.invalidateQueries({ queryKey: ["drafts"] });
    } catch (error) {
      if (state.stopped) return;
      if (asApiError(error).code === "draft-changed") {
        state.stopped = true;
        setKept("changed");
      } else keepHere();
    } finally {
      state.sending = false;
    }
  }, [account, slug, action, client, keepHere]);

  useEffect(() => {
    const timer = setTimeout(() => void save(), REST_MS);
    return () => clearTimeout(timer);
  }, [data, save, kept === "server"]);
  useEffect(() => {
    if (kept !== "here") return;
    const timer = setInterval(() => void save(), AGAIN_MS);
    const back = () => void save();
    addEventListener("online", back);
    return () => { clearInterval(timer); removeEventListener("online", back); };
  }, [kept, save]);
  useEffect(() => {
    const leave = () => {
      const { stopped, clean, data: last } = now.current;
      if (!stopped && written(last) !== clean && written(last) !== "{}") keepHere();
    };
    addEventListener("pagehide", leave);
    return () => { removeEventListener("pagehide", leave); void save(); };
  }, [keepHere, save]);

  const keepMine = useCallback(async () => {
    const theirs = await portal.draft(slug).catch(() => null);
    Object.assign(now.current, { version: theirs?.version ?? 0, clean: "", stopped: false });
    await save();
  }, [slug, save]);
  const drop = useCallback(async () => {
    now.current.stopped = true;
    dropDraft(account, slug);
    await portal.dropDraft(slug).catch(() => undefined);
    void client.invalidateQueries({ queryKey: ["drafts"] });
  }, [account, slug, client]);
  return { kept, savedAt, keepMine, drop };
}
