"""What is kept below the home folder only while somebody may ask for it: trials, proofs and findings."""

from __future__ import annotations

from doudi.policy import findings, pack_trials, proofs, stores, turns
from doudi.policy.drafts import Draft
from doudi.policy.proposals import WAITING, Proposal
from doudi.policy.runs import Run


def clean() -> None:
    """Remove findings of runs that are gone, and trials and proofs of texts that nobody works on any longer."""
    kept = Run.objects.values_list("snapshot_hash", "pack_id", "as_of")
    stores.clean(findings.FINDINGS, [findings.name_of(*each) for each in kept])
    if not (stores.root() / pack_trials.TRIALS).is_dir():
        return
    texts = {draft.hash for draft in Draft.objects.filter(open=True)}
    texts |= set(Proposal.objects.filter(state=WAITING).values_list("hash", flat=True))
    standing = [run for name in Run.objects.values_list("pack_name", flat=True).distinct() if (run := _of(name))]
    names = [pack_trials.name_of(run.answers_hash, run.snapshot_hash, text) for run in standing for text in texts]
    stores.clean(pack_trials.TRIALS, names)
    for left in (stores.root() / proofs.PROOFS).glob("*"):
        if left.name.partition(".")[0] not in texts:
            left.unlink(missing_ok=True)


def clean_snapshots() -> int:
    """Remove the facts looks between runs were made by, under their turn (`turns.take_of_look`); answers how many.

    Nothing while a run is under way, which names its own at its end: they may be the same.
    """
    with turns.of_run() as nobody_runs:
        kept = Run.objects.values_list("snapshot_hash", flat=True) if nobody_runs else []
        return stores.clean(stores.SNAPSHOTS, kept) if nobody_runs else 0


def _of(pack_name: str) -> Run | None:
    return Run.objects.standing(pack_name)
