"""Reader studies under way: designs, orders, worklists, blinding, the reference, the export.

For a coordinator's pages: ``studies`` (create_study, add_member, remove_member, open_study, close_study,
study, studies, members, progress, and missing_ai_results, which are to be asked for),
``reference_standard.standing``, ``export.zipped_export``. For a reader's or an expert's: ``worklist``
(worklist, next_assignment, open_assignment), ``blinding.may_see_ai``; for the chair of a consensus
``blinding.may_see_experts`` and ``reference_standard.expert_calls``.
"""
