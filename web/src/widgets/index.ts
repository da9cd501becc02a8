/** The one place where widgets are registered, by the names that a service's texts use (`widget = "money"`). */
import type { Widget } from "@rjsf/utils";
import type { ComponentType } from "react";
import { AddressShown, AddressWidget } from "./address";
import { ChoicesWidget } from "./choices";
import { CompanyNameWidget } from "./company-name";
import { IndustryShown, IndustryWidget } from "./industry";
import { MoneyWidget, PercentWidget } from "./money";
import { BranchWidget, EngraverWidget } from "./place";
import { CheckboxWidget, DateWidget, RadioWidget, SelectWidget, TextareaWidget, TextWidget } from "./plain";
import { ServicesShown, ServicesWidget } from "./services";
import { DateShown, MoneyShown, PercentShown, TextShown } from "./shown";

interface Registered {
  widget: Widget;
  /** How an answer is shown where it is only read. */
  shown?: ComponentType<{ value: unknown }>;
}

/** What a service may ask for. */
const special: Record<string, Registered> = {
  money: { widget: MoneyWidget, shown: MoneyShown },
  percent: { widget: PercentWidget, shown: PercentShown },
  name: { widget: CompanyNameWidget },
  address: { widget: AddressWidget, shown: AddressShown },
  scope: { widget: IndustryWidget, shown: IndustryShown },
  industry: { widget: IndustryWidget, shown: IndustryShown },
  services: { widget: ServicesWidget, shown: ServicesShown },
  textarea: { widget: TextareaWidget, shown: TextShown },
  date: { widget: DateWidget, shown: DateShown },
  choices: { widget: ChoicesWidget },
  engraver: { widget: EngraverWidget },
  branch: { widget: BranchWidget },
};

export const names: ReadonlySet<string> = new Set(Object.keys(special));

/** For the form library: its own names, and ours. */
export const widgets: Record<string, Widget> = {
  TextWidget, TextareaWidget, DateWidget, SelectWidget, CheckboxWidget, RadioWidget, UpDownWidget: TextWidget,
  text: TextWidget, select: SelectWidget, radio: RadioWidget, checkbox: CheckboxWidget, updown: TextWidget,
  ...Object.fromEntries(Object.entries(special).map(([name, { widget }]) => [name, widget])),
};

export const shownBy = (name: unknown): Registered["shown"] => (typeof name === "string" ? special[name]?.shown : undefined);
