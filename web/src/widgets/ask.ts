/** Asking a service something while a form is being filled in. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "../api/client";
import type { JsonObject } from "../api/types";
import { useForm } from "../form/context";

/** The value, once it has been left alone for a moment (in milliseconds): a server isn't asked at each key. */
export function useSettled<T>(value: T, wait_ms = 400): T {
  const [settled, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), wait_ms);
    return () => clearTimeout(timer);
  }, [value, wait_ms]);
  return settled;
}

/** Asks unless `input` is null. The same question is asked once a minute at most. */
export function useAsk<T>(question: string, input: JsonObject | null) {
  const { slug } = useForm();
  return useQuery({
    queryKey: ["ask", slug, question, input],
    queryFn: () => api.ask<T>(slug, question, input ?? {}),
    enabled: input !== null && slug !== "",
    staleTime: 60_000,
    retry: false,
  });
}
