"""Reader studies under way: designs, orders, worklists, blinding, the reference, the export, the results.

For a coordinator's pages: ``studies`` (create_study, add_member, remove_member, open_study, close_study,
study, studies, members, progress, and missing_ai_results, which are to be asked for),
``reference_standard.standing``, ``arm_progress.progress_by_arm``, ``export.zipped_export``, ``results``
(open_results, results_of). For a reader's or an expert's: ``worklist`` (worklist, next_assignment,
open_assignment), ``blinding.may_see_ai``, ``results.may_see_results``; for the chair of a consensus
``blinding.may_see_experts`` and ``reference_standard.expert_calls``.
"""
