"""Boxes, Pascal VOC files, label sets and views: what annotators make and what training takes."""
