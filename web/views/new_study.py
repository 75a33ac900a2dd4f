"""The making of a new study."""

import hashlib
from pathlib import Path
from typing import Literal

import streamlit as st

from annotation.labels import GRADINGS, LUMBAR
from axial.models import PHANTOM_MODELS, SAGITTAL
from reading.analysis.analysis_plan import DEFAULT_PLANS
from reading.study.design import LEAST_WASHOUT, Kind, Pictures, StudyDesign
from reading.study.studies import LONGEST_TITLE, StudyRefused, create_study
from web.views.here import Here, problems_shown

_DESIGNS: dict[Kind, str] = {
    "standalone": "**AI alone against readers.** Every reader reads every case once, without the AI; "
    "the AI's own reading is compared with theirs.",
    "sequential": "**Without, then with the AI.** Every reader commits a case without the AI, sees what "
    "the AI says of it, and commits it again.",
    "crossover": "**Two periods.** Every reader reads half of the cases with the AI and half without; "
    "after the washout, the other way round.",
}
_PICTURES: dict[Pictures, str] = {
    "examinations": "**Examinations.** The series of each patient side by side; the same is asked of every "
    "disc.",
    "images": "**Single pictures.** One sagittal JPEG or PNG each; readers draw a box around every disc and "
    "say what it is.",
}
_MODEL_SET = "A set, from `discern train-axial`."
_DETECTOR = "One detector of what is asked, from `discern train`."
_REFERENCES: dict[Literal["truth", "experts"], str] = {
    "truth": "Files: the phantom's truth, REFERENCE.csv of an imported folder, or a cohort's boxes",
    "experts": "Three experts: each alone, then their disagreements together",
}


def show(here: Here) -> None:
    st.title("New study", anchor=False)
    st.caption("Nothing of it is final until you open it.")
    title = st.text_input("Title", max_chars=LONGEST_TITLE)
    design = _design()
    plan = _plan(design.label_set)
    models = st.text_input(
        "Models of the AI: their folder on the server",
        _default_models(design),
        help=_MODEL_SET if design.ai_has_levels else _DETECTOR,
        key=f"models for {design.label_set} {design.pictures}",
    )
    if st.button("Make the study", type="primary"):
        with problems_shown():
            if not models.strip():
                raise StudyRefused("the models of the AI are not named; give their folder on the server")
            made = create_study(here.service.store, here.account, title, design, plan, Path(models))
            st.switch_page(here.pages["study"], query_params={"study": made})


def _default_models(design: StudyDesign) -> str:
    """No cervical detector comes with the app."""
    if design.ai_has_levels:
        return str(PHANTOM_MODELS)
    return str(PHANTOM_MODELS / SAGITTAL) if design.grading is LUMBAR else ""


def _design() -> StudyDesign:
    label_set = st.selectbox("Discs", list(GRADINGS), format_func=_discs)
    grading = GRADINGS[label_set]
    pictures = st.radio("Cases", list(_PICTURES), format_func=_PICTURES.__getitem__)
    if grading is not LUMBAR and pictures == "examinations":
        st.caption(
            "The AI marks the middle sagittal picture and names no levels: readers may read with it, and are "
            "compared with and without it."
        )
    kind = st.radio("Design", list(_DESIGNS), format_func=_DESIGNS.__getitem__)
    # On single pictures experts agree before the study, in LabelImg.
    references = list(_REFERENCES)[: 1 if pictures == "images" else None]
    reference = st.radio("What is right", references, format_func=_REFERENCES.__getitem__)
    washout_column, seed_column, questions_column = st.columns([1, 1, 2])
    washout = washout_column.number_input(
        "Washout, weeks",
        min_value=0.0,
        max_value=104.0,
        value=float(LEAST_WASHOUT),
        format="%g",
        disabled=kind != "crossover",
        help=f"Between the two readings of a case; the field asks for {LEAST_WASHOUT} at least.",
    )
    seed = seed_column.number_input("Seed of the orders", min_value=0, value=0, step=1)
    with questions_column:
        bulge = grading is not LUMBAR or st.checkbox("Ask for bulges", value=True)
        slip = grading.slip and st.checkbox("Ask for slips", value=True)
        likelihoods = st.checkbox("Ask for likelihoods, 1 to 5", value=True)
    return StudyDesign(
        kind=kind,
        washout_weeks=washout,
        seed=int(seed),
        reference=reference,
        verdicts=tuple(state for state in grading.states if bulge or state != "bulge"),
        slip=slip,
        likelihoods=likelihoods,
        pictures=pictures,
        label_set=label_set,
    )


def _discs(label_set: str) -> str:
    """Which discs, and what is said of them: "Lumbar: normal, bulge, herniation, slip"."""
    grading = GRADINGS[label_set]
    said = (*grading.states, "slip") if grading.slip else grading.states
    return f"{label_set.capitalize()}: {', '.join(said)}"


def _plan(label_set: str) -> bytes:
    """The analysis plan as its file will be: uploaded, or the default one, edited or not."""
    with st.expander("Analysis plan", icon=":material/lab_profile:"):
        uploaded = st.file_uploader("From a file", type=["yaml", "yml"])
        text = st.text_area(
            "The plan",
            DEFAULT_PLANS[label_set].read_text(encoding="utf-8"),
            height=320,
            key=f"plan for {label_set}",
            disabled=uploaded is not None,
            label_visibility="collapsed",
        )
    plan = uploaded.getvalue() if uploaded is not None else text.encode()
    st.caption(f"SHA-256 of the plan, fixed before the first read: `{hashlib.sha256(plan).hexdigest()}`")
    return plan
