/** No such page. */
import { ApiError } from "../api/errors";
import { Failed } from "../parts/states";

const error = new ApiError("not-found", "no-page", { zh: "", en: "" });

export default function NotFound() {
  return <div className="wrap page"><Failed error={error} /></div>;
}
