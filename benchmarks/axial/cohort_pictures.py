"""The pictures of a cohort's study, as the stages take them."""

from axial.pictures import StudyPicture, StudyPictures
from data.cohort_studies import CohortSlice, CohortStudy
from imaging.pictures import read_picture


def pictures_of_cohort(study: CohortStudy) -> StudyPictures:
    """All pictures of a study. Raises BadInputError where one cannot be read."""
    sagittal = {item.image.name: picture_of(item) for item in study.sagittal}
    middle = study.middle
    return StudyPictures(
        sagittal[middle.image.name] if middle else None,
        tuple(picture_of(item) for item in study.axial),
        "" if middle else "there is no sagittal T2 picture",
        "" if study.axial else "there is no axial T2 picture",
        sagittal_series=tuple(sagittal.values()),
    )


def picture_of(item: CohortSlice) -> StudyPicture:
    """Raises BadInputError where it cannot be read."""
    return StudyPicture(item.image.name, read_picture(item.image.path), item.geometry)
