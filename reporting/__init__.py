"""The study report: what was found, in words and pictures, as PDF, DICOM and a contact page."""
