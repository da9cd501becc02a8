/** The one place where special pictures are registered: by service, shown on the page of a case. */
import { lazy, type ComponentType } from "react";
import type { CaseView } from "../api/types";

/** A panel asks for what it shows itself and shows nothing while there is nothing. */
export type Panel = ComponentType<{ view: CaseView }>;

const panels: Record<string, Panel> = {
  "instant-registration": lazy(() => import("./Licence")),
  "new-taxpayer-package": lazy(() => import("./Package")),
};

export const panelOf = (slug: string): Panel | undefined => panels[slug];
