"""What a de-identified MR image retains: the technical attributes of its modules, and nothing else.

The modules are those of the MR Image and the Enhanced MR Image (PS3.3 A.4, A.36, C.8.3, C.8.13), with their
functional groups. No attribute here can carry free text: numbers, UIDs, pointers to attributes, codes of
closed lists, and strings of closed vocabularies (the standard's enumerated values and defined terms).
Attributes are named by their keywords (PS3.6).
"""

from itertools import permutations

from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code


def _keywords(text: str) -> frozenset[str]:
    return frozenset(text.split())


SEQUENCES = _keywords("""
    SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence PixelMeasuresSequence
    PlanePositionSequence PlaneOrientationSequence FrameContentSequence FrameAnatomySequence
    FrameVOILUTSequence PixelValueTransformationSequence TemporalPositionSequence DerivationImageSequence
    MRImageFrameTypeSequence MRTimingAndRelatedParametersSequence MRFOVGeometrySequence MREchoSequence
    MRModifierSequence MRImagingModifierSequence MRReceiveCoilSequence MultiCoilDefinitionSequence
    MRTransmitCoilSequence MRAveragesSequence MRSpatialSaturationSequence MRDiffusionSequence
    DiffusionGradientDirectionSequence DiffusionBMatrixSequence OperatingModeSequence
    SpecificAbsorptionRateSequence DimensionOrganizationSequence DimensionIndexSequence
    ReferencedImageSequence SourceImageSequence ReferencedImageEvidenceSequence
    SourceImageEvidenceSequence ReferencedSeriesSequence ReferencedSOPSequence
    UnassignedSharedConvertedAttributesSequence UnassignedPerFrameConvertedAttributesSequence
""")

NUMBERS = _keywords("""
    SamplesPerPixel PlanarConfiguration Rows Columns BitsAllocated BitsStored HighBit PixelRepresentation
    NumberOfFrames PixelAspectRatio SmallestImagePixelValue LargestImagePixelValue
    SmallestPixelValueInSeries LargestPixelValueInSeries PixelPaddingValue PixelPaddingRangeLimit
    WindowCenter WindowWidth RescaleIntercept RescaleSlope LossyImageCompressionRatio PixelSpacing
    SliceThickness SpacingBetweenSlices SliceLocation ImagePositionPatient ImageOrientationPatient
    ReconstructionDiameter AcquisitionMatrix SpatialResolution SeriesNumber AcquisitionNumber
    InstanceNumber ImagesInAcquisition TemporalPositionIdentifier NumberOfTemporalPositions
    TemporalResolution TemporalPositionIndex TemporalPositionTimeOffset FrameAcquisitionNumber
    FrameAcquisitionDuration InStackPositionNumber DimensionIndexValues InConcatenationNumber
    InConcatenationTotalNumber ConcatenationFrameOffsetNumber RepresentativeFrameNumber
    ReferencedFrameNumber RepetitionTime EchoTime EffectiveEchoTime InversionTime InversionTimes
    TriggerTime FlipAngle EchoNumbers EchoTrainLength RFEchoTrainLength GradientEchoTrainLength
    NumberOfAverages NumberOfPhaseEncodingSteps PercentSampling PercentPhaseFieldOfView PixelBandwidth
    ImagingFrequency MagneticFieldStrength SAR dBdt B1rms AcquisitionDuration TransmitterFrequency
    MRAcquisitionFrequencyEncodingSteps MRAcquisitionPhaseEncodingStepsInPlane
    MRAcquisitionPhaseEncodingStepsOutOfPlane NumberOfKSpaceTrajectories ParallelReductionFactorInPlane
    ParallelReductionFactorOutOfPlane ParallelReductionFactorSecondInPlane SlabThickness SlabOrientation
    MidSlabPosition GradientOutput SpecificAbsorptionRateValue DiffusionBValue
    DiffusionGradientOrientation DiffusionBValueXX DiffusionBValueXY DiffusionBValueXZ DiffusionBValueYY
    DiffusionBValueYZ DiffusionBValueZZ TagAngleFirstAxis TagAngleSecondAxis TagSpacingFirstDimension
    TagSpacingSecondDimension TagThickness TaggingDelay ChemicalShiftMinimumIntegrationLimitInppm
    ChemicalShiftMaximumIntegrationLimitInppm PatientSize PatientWeight
""")

ATTRIBUTE_TAGS = frozenset({"DimensionIndexPointer", "FunctionalGroupPointer"})
CLASS_UIDS = frozenset({"SOPClassUID", "ReferencedSOPClassUID"})
INSTANCE_UIDS = _keywords("""
    SOPInstanceUID SeriesInstanceUID StudyInstanceUID FrameOfReferenceUID ReferencedSOPInstanceUID
    DimensionOrganizationUID ConcatenationUID SOPInstanceUIDOfConcatenationSource AcquisitionUID
    IrradiationEventUID
""")

CODE_SEQUENCES = frozenset(
    {"AnatomicRegionSequence", "PurposeOfReferenceCodeSequence", "DerivationCodeSequence"}
)
CODES: tuple[Code, ...] = tuple(
    code
    for context_group in (codes.cid4031, codes.cid7201, codes.cid7202, codes.cid7203)
    for code in context_group.concepts.values()
)
"""Body regions, purposes of reference and derivations (PS3.16)."""

MAY_BE_EMPTY = frozenset(
    {"ScanOptions", "MRAcquisitionType", "PatientPosition", "PatientOrientation", "Laterality"}
)
"""Strings of type 2: empty, where others go, if nothing of their value is a term."""

EMPTIED = frozenset(
    {"AcquisitionContextSequence", "ReceiveCoilManufacturerName", "TransmitCoilManufacturerName"}
)
"""Type 2, where they are present: without their values."""

DUMMIES = {
    "ContentDate": "19000101",
    "ContentTime": "000000",
    "AcquisitionDateTime": "19000101000000",
    "FrameAcquisitionDateTime": "19000101000000",
    "FrameReferenceDateTime": "19000101000000",
    "ManufacturerModelName": "REMOVED",
    "DeviceSerialNumber": "REMOVED",
    "SoftwareVersions": "REMOVED",
    "PulseSequenceName": "REMOVED",
    "ReceiveCoilName": "REMOVED",
    "MultiCoilElementName": "REMOVED",
    "TransmitCoilName": "REMOVED",
}
"""Type 1 in images with functional groups alone; elsewhere they go."""

VENDORS = {
    "SIEMENS": "Siemens Healthineers",
    "GE": "GE HealthCare",
    "PHILIPS": "Philips",
    "CANON": "Canon Medical Systems",
    "TOSHIBA": "Toshiba Medical Systems",
    "HITACHI": "Hitachi",
    "FUJIFILM": "Fujifilm",
    "UIH": "United Imaging",
    "UNITED": "United Imaging",
    "ESAOTE": "Esaote",
    "PARAMED": "Paramed",
    "FONAR": "Fonar",
    "HYPERFINE": "Hyperfine",
    "BRUKER": "Bruker",
    "NEUSOFT": "Neusoft Medical Systems",
    "SAMSUNG": "Samsung",
}
"""A word in Manufacturer, and the name that is written."""

OTHERWISE = {"ImageType": "OTHER", "FrameType": "OTHER", "RescaleType": "US", "Modality": "OT"}
"""What stands for a value that is no term, where the number of values counts or a value is required."""

_FLAGS = """
    AngioFlag VariableFlipAngleFlag BeatRejectionFlag BurnedInAnnotation RecognizableVisualFeatures
    QualityControlImage MultipleSpinEcho MultiPlanarExcitation PhaseContrast TimeOfFlightContrast
    EchoPlanarPulseSequence SaturationRecovery BloodSignalNulling QuadratureReceiveCoil MultiCoilElementUsed
    InversionRecovery T2Preparation ParallelAcquisition PartialFourier
"""
_IMAGE_TYPES = """
    ORIGINAL, DERIVED, PRIMARY, SECONDARY, OTHER, MIXED, NONE, LOCALIZER, ANGIO, CINE, DIFFUSION, PERFUSION,
    DENSITY MAP, DIFFUSION MAP, IMAGE ADDITION, MODULUS SUBTRACT, MPR, PHASE MAP, PHASE SUBTRACT,
    PROJECTION IMAGE, T1 MAP, T2 MAP, VELOCITY MAP, PROTON_DENSITY, T1, T2, T2_STAR, STIR, TOF,
    FLUID_ATTENUATED, SPIN_ECHO, TURBO_SPIN_ECHO, GRADIENT_ECHO, VOLUME, RESAMPLED, MAX_IP, MIN_IP, ADDITION,
    SUBTRACTION, MEAN, ADC, FA, FAT, WATER, IN_PHASE, OUT_OF_PHASE, FAT_FRACTION, REFORMATTED, AVERAGE,
    COMPOSED, COMP_SP, M, P, R, I, W, F, IP, OP, ND, NORM, DIS2D, DIS3D, FIL, FM, SE, IR, FFE, M_SE, M_FFE,
    M_IR, SH, MFSPLIT
"""
_DIRECTIONS = ", ".join("".join(letters) for count in (1, 2, 3) for letters in permutations("LRAPHF", count))
_NUCLEI = "1H, 3HE, 7LI, 13C, 19F, 23NA, 31P, 129XE"
_BODY_PARTS = """SPINE, CSPINE, TSPINE, LSPINE, SSPINE, CTSPINE, TLSPINE, LSSPINE, SACRUM, COCCYX, SIJOINT,
    WHOLEBODY, HEAD, BRAIN, NECK, CHEST, ABDOMEN, ABDOMENPELVIS, PELVIS, HIP, KNEE, ANKLE, FOOT, SHOULDER,
    ELBOW, WRIST, HAND, EXTREMITY"""

_TERMS = {
    "Modality": "MR",
    "ImageType FrameType": _IMAGE_TYPES,
    "BodyPartExamined": _BODY_PARTS,
    "Laterality ImageLaterality FrameLaterality": "L, R, U, B",
    "PatientPosition": "HFP, HFS, HFDR, HFDL, HFV, HFI, FFDR, FFDL, FFP, FFS, FFV, FFI, LFP, LFS, RFP, RFS",
    "PatientOrientation": _DIRECTIONS,
    "PhotometricInterpretation": "MONOCHROME1, MONOCHROME2, RGB, YBR_FULL, YBR_FULL_422, YBR_ICT, YBR_RCT",
    "PresentationLUTShape": "IDENTITY, INVERSE",
    "VOILUTFunction": "LINEAR, LINEAR_EXACT, SIGMOID",
    "RescaleType": "US, OD, HU, HU_MOD, MGML, PCT, Z_EFF, ED, EDW",
    "LossyImageCompression": "00, 01",
    "LossyImageCompressionMethod": "ISO_10918_1, ISO_14495_1, ISO_15444_1, ISO_15444_15, ISO_18181_1",
    "ContentQualification": "PRODUCT, RESEARCH, SERVICE",
    "DimensionOrganizationType": "3D, 3D_TEMPORAL, TILED_FULL, TILED_SPARSE",
    "StackID": ", ".join(str(number) for number in range(1, 100)),
    # MR Image, PS3.3 C.8.3.1
    "ScanningSequence": "SE, IR, GR, EP, RM",
    "SequenceVariant": "SK, MTC, SS, TRSS, SP, MP, OSP, NONE",
    "ScanOptions": "PER, RG, CG, PPG, FC, PFF, PFP, SP, FS",
    "MRAcquisitionType": "2D, 3D",
    "InPlanePhaseEncodingDirection": "ROW, COL, COLUMN, OTHER",
    "ImagedNucleus ResonantNucleus": _NUCLEI,
    # Enhanced MR Image and pulse sequence, C.8.13.1 to C.8.13.4
    "PixelPresentation": "COLOR, MONOCHROME, MIXED, TRUE_COLOR",
    "VolumetricProperties": "VOLUME, SAMPLED, DISTORTED, MIXED",
    "VolumeBasedCalculationTechnique": """MAX_IP, MIN_IP, VOLUME_RENDER, SURFACE_RENDER, MPR, CURVED_MPR,
        NONE, MIXED""",
    "ComplexImageComponent": "MAGNITUDE, PHASE, REAL, IMAGINARY, MIXED",
    "AcquisitionContrast": """DIFFUSION, FLOW_ENCODED, FLUID_ATTENUATED, PERFUSION, PROTON_DENSITY, STIR,
        TAGGING, T1, T2, T2_STAR, TOF, UNKNOWN, MIXED""",
    "KSpaceFiltering": """COSINE, COSINE_SQUARED, FERMI, GAUSSIAN, HAMMING, HANNING, LORENTZIAN,
        LRNTZ_GSS_TRNSFM, RIESZ, TUKEY, USER_DEFINED, NONE""",
    "ApplicableSafetyStandardAgency": "IEC, FDA, MHW",
    "EchoPulseSequence": "SPIN, GRADIENT, BOTH",
    "SteadyStatePulseSequence": "FREE_PRECESSION, TRANSVERSE, TIME_REVERSED, LONGITUDINAL, NONE",
    "SpectrallySelectedSuppression": "WATER, FAT, FAT_AND_WATER, SILICON_GEL, NONE",
    "OversamplingPhase": "2D, 3D, 2D_3D, NONE",
    "GeometryOfKSpaceTraversal": "RECTILINEAR, RADIAL, SPIRAL",
    "SegmentedKSpaceTraversal": "SINGLE, PARTIAL, FULL",
    "RectilinearPhaseEncodeReordering": "LINEAR, CENTRIC, SEGMENTED, REVERSE_LINEAR, REVERSE_CENTRIC",
    "CoverageOfKSpace": "FULL, CYLINDRICAL, ELLIPSOIDAL, WEIGHTED",
    # MR functional groups, C.8.13.5
    "MagnetizationTransfer": "ON_RESONANCE, OFF_RESONANCE, BOTH, NONE",
    "Tagging": "GRID, LINE, NONE",
    "ReceiveCoilType TransmitCoilType": "BODY, VOLUME, SURFACE, MULTICOIL",
    "OperatingModeType": "STATIC FIELD, RF, GRADIENT",
    "OperatingMode": "IEC_NORMAL, IEC_FIRST_LEVEL, IEC_SECOND_LEVEL",
    "GradientOutputType": "DB_DT, ELECTRIC_FIELD, PER_NERVE_STIM",
    "SpecificAbsorptionRateDefinition": "IEC_WHOLE_BODY, IEC_PARTIAL_BODY, IEC_HEAD, IEC_LOCAL",
    "FlowCompensation": "ACCELERATION, VELOCITY, OTHER, NONE",
    "Spoiling": "RF, GRADIENT, RF_AND_GRADIENT, NONE",
    "SpectrallySelectedExcitation": "WATER, FAT, NONE",
    "SpatialPresaturation": "SLAB, NONE",
    "PartialFourierDirection FlowCompensationDirection": "PHASE, FREQUENCY, SLICE_SELECT, COMBINATION",
    "ParallelAcquisitionTechnique": "PILS, SENSE, SMASH, OTHER",
    "DiffusionDirectionality": "DIRECTIONAL, BMATRIX, ISOTROPIC, NONE",
    "DiffusionAnisotropyType": "FRACTIONAL, RELATIVE, VOLUME_RATIO",
    _FLAGS: "YES, NO, Y, N",
}

TERMS: dict[str, frozenset[str]] = {
    keyword: frozenset(term.strip() for term in terms.split(","))
    for keywords, terms in _TERMS.items()
    for keyword in keywords.split()
}
"""The vocabulary of each retained string."""
