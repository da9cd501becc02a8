/** Five stars and a word, once a case is closed; only who may rate sees the form. */
import { StarFilled, StarOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { portal } from "../api/portal";
import { useRating } from "../api/portal-queries";
import { useSpeech } from "../text";
import { Notice } from "./states";

const WORDS_CHARS_MAX = 500;

export function Rating({ id, closed }: { id: string; closed: boolean }) {
  const { t } = useSpeech();
  const { data } = useRating(id, closed);
  const given = data?.rating;
  if (!closed || !data || (!given && !data.may_rate)) return null;
  return (
    <section className="panel" aria-labelledby="rating-title">
      <h2 id="rating-title">{t.rating.title}</h2>
      <div role="status">{given && <p><Stars n={given.stars} /> {t.rating.given(given.stars, t.rating.stars[given.stars - 1] ?? "")}{given.words && <><br />{given.words}</>}<br /><span className="muted">{t.rating.thanks}</span></p>}</div>
      {!given && <Form id={id} />}
    </section>
  );
}

const Stars = ({ n }: { n: number }) => <span className="stars" aria-hidden>{[1, 2, 3, 4, 5].map((i) => (i <= n ? <StarFilled key={i} /> : <StarOutlined key={i} />))}</span>;

function Form({ id }: { id: string }) {
  const { t } = useSpeech();
  const client = useQueryClient();
  const [stars, setStars] = useState(0);
  const [words, setWords] = useState("");
  const [missing, setMissing] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setMissing(stars === 0);
    if (stars === 0) return;
    setFailure(null);
    await portal.rate(id, stars, words.trim()).catch(setFailure);
    void client.invalidateQueries({ queryKey: ["rating", id] });
  };
  return (
    <form onSubmit={(e) => void submit(e)}>
      <p className="muted">{t.rating.lead}</p>
      {missing && <div className="field-error" role="alert"><p>{t.rating.choose}</p></div>}
      <Notice error={failure} />
      <fieldset>
        <legend className="sr-only">{t.rating.title}</legend>
        <div className="rating">
          {t.rating.stars.map((word, i) => (
            <label key={i} className={i < stars ? "star star-on" : "star"}>
              <input type="radio" name="stars" checked={stars === i + 1} onChange={() => setStars(i + 1)} />
              {i < stars ? <StarFilled aria-hidden /> : <StarOutlined aria-hidden />}<span>{word}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <label className="field-label" htmlFor="rating-words">{t.rating.words}<span className="optional">{t.form.optional}</span></label>
      <textarea id="rating-words" className="input" rows={2} maxLength={WORDS_CHARS_MAX} value={words} onChange={(e) => setWords(e.target.value)} />
      <p className="row form-buttons"><button type="submit" className="button button-primary">{t.rating.send}</button></p>
    </form>
  );
}
