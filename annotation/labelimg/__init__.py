"""LabelImg 1.8.6 as the annotators' tool: repaired without an edit of it, held to one annotator's task.

``session`` opens it in a process of its own (``launcher``); nothing else here needs a screen or Qt.
"""
